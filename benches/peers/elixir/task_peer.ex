# Task.async and Task.await. No await gives up: the default of 5 s is for interactive programs.

defmodule TaskPeer do
  def start, do: :ok

  def invoke(f), do: Task.async(f)
  def await(task), do: Task.await(task, :infinity)
  def await_many(tasks), do: Task.await_many(tasks, :infinity)
  def forget(f), do: Task.start(f)

  # Only its caller may await a task, so many await a process that replies to all of them.
  def one_promise do
    resolver =
      spawn(fn ->
        receive do
          {:resolve, value} -> reply(value)
        end
      end)

    await = fn ->
      reference = make_ref()
      send(resolver, {:await, self(), reference})

      receive do
        {^reference, value} -> value
      end
    end

    {await, fn value -> send(resolver, {:resolve, value}) end}
  end

  defp reply(value) do
    receive do
      {:await, awaiter, reference} ->
        send(awaiter, {reference, value})
        reply(value)
    end
  end
end
