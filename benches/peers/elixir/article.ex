# The article's library and event loop, with the state that its text only shows.
# https://github.com/dtornow/async-await-mechanics

defmodule State do
  defstruct promises: %{}, awaiters: %{}

  def new, do: %State{}

  def add_promise(state, promise) do
    %{
      state
      | promises: Map.put(state.promises, promise, :pending),
        awaiters: Map.put(state.awaiters, promise, [])
    }
  end

  def get_promise(state, promise), do: Map.fetch!(state.promises, promise)

  def set_promise(state, promise, result) do
    %{state | promises: Map.put(state.promises, promise, {:completed, result})}
  end

  def add_awaiter(state, promise, from) do
    %{state | awaiters: Map.update!(state.awaiters, promise, &[from | &1])}
  end

  def get_awaiter(state, promise), do: Map.fetch!(state.awaiters, promise)
end

defmodule Async do
  def invoke(func, args \\ []) do
    # invoke function, return promise
    # will never block the caller
    GenServer.call(EventLoop, {:invoke, func, args})
  end

  def await(p) do
    # await promise, return value
    # may block the caller
    GenServer.call(EventLoop, {:await, p})
  end
end

defmodule EventLoop do
  use GenServer

  def start_link(_opts \\ []) do
    GenServer.start_link(__MODULE__, State.new(), name: __MODULE__)
  end

  def init(state) do
    {:ok, state}
  end

  def handle_call({:invoke, func, args}, {_caller, _} = _from, state) do
    # Here, we are using the process id also as the promise id
    callee =
      spawn(fn ->
        GenServer.call(EventLoop, {:return, self(), apply(func, args)})
      end)

    new_state =
      state
      |> State.add_promise(callee)

    {:reply, callee, new_state}
  end

  def handle_call({:await, promise}, {_caller, _} = from, state) do
    # The central if statement
    case State.get_promise(state, promise) do
      # Promise pending, defer response to completion
      :pending ->
        new_state =
          state
          |> State.add_awaiter(promise, from)

        {:noreply, new_state}

      # Promise completed, respond immedately
      {:completed, result} ->
        {:reply, result, state}
    end
  end

  def handle_call({:return, callee, result}, {_caller, _} = _from, state) do
    Enum.each(State.get_awaiter(state, callee), fn {_cid, _} = caller ->
      GenServer.reply(caller, result)
    end)

    new_state =
      state
      |> State.set_promise(callee, result)

    {:reply, nil, new_state}
  end
end
