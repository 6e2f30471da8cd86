# The article's loop as a peer.

defmodule ArticlePeer do
  def start do
    {:ok, _} = EventLoop.start_link()
    :ok
  end

  def invoke(f), do: Async.invoke(f)
  def await(promise), do: Async.await(promise)
  def await_many(promises), do: Enum.map(promises, &Async.await/1)
  def forget(f), do: Async.invoke(f)

  # An execution that waits for a message; any number of others may await it.
  def one_promise do
    promise =
      Async.invoke(fn ->
        receive do
          {:resolve, value} -> value
        end
      end)

    {fn -> Async.await(promise) end, fn value -> send(promise, {:resolve, value}) end}
  end
end
