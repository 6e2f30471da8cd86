# Elixir's part in the benchmarks: prints a workload's figures, then the peak of resident memory.
# Sizes and warm-ups are those of benches/src/work.

defmodule Bench do
  def main do
    [peer, workload] = System.argv()
    peer = %{"task" => TaskPeer, "article" => ArticlePeer}[peer]
    peer.start()
    figures = measure(workload, peer)
    IO.puts(Enum.map_join(figures ++ [peak()], " ", &to_string/1))
  end

  defp measure("ping", p), do: [timed(p, 2_000, 20_000, &pings/2)]
  defp measure("ping-busy", p), do: [timed(p, 200, 2_000, &busy_pings/2) / 2_000 * 1_000]
  defp measure("fan-out-10k", p), do: [timed(p, 1_000, 10_000, &fan_out/2)]
  defp measure("fan-out-100k", p), do: [timed(p, 10_000, 100_000, &fan_out/2)]
  defp measure("fan-out-busy", p), do: [timed(p, 1_000, 10_000, &busy_fan_out/2)]
  defp measure("fib-18", p), do: [timed(p, 13, 18, &checked_fib/2)]
  defp measure("fib-27", p), do: [timed(p, 13, 27, &checked_fib/2)]
  defp measure("chain-1k", p), do: [timed(p, 100, 1_000, &chain/2)]
  defp measure("chain-10k", p), do: [timed(p, 1_000, 10_000, &chain/2)]
  defp measure("chain-30k", p), do: [timed(p, 3_000, 30_000, &chain/2)]
  defp measure("chain-1m", p), do: [timed(p, 0, 1_000_000, &chain/2)]
  defp measure("skynet", p), do: [timed(p, 1_000, 1_000_000, &skynet/2)]
  defp measure("sleepers-1k", p), do: [sleepers(p, 1_000), sleepers(p, 1_000)]
  defp measure("sleepers-10k", p), do: [sleepers(p, 10_000), sleepers(p, 10_000)]

  defp measure("awaiters", p) do
    awaiters(p)
    awaiters(p)
  end

  defp measure("start", p) do
    soon = samples(p, 2_000, fn -> compute(2) end)
    rested = samples(p, 200, fn -> Process.sleep(3) end)
    [soon, rested]
  end

  defp timed(peer, warm_up, size, f) do
    f.(peer, warm_up)
    start = now()
    f.(peer, size)
    millis(start)
  end

  defp now, do: System.monotonic_time(:nanosecond)
  defp millis(start), do: (now() - start) / 1.0e6

  # Computes for that many microseconds.
  defp compute(micros), do: compute_until(now() + micros * 1_000)
  defp compute_until(deadline), do: if(now() < deadline, do: compute_until(deadline), else: :ok)

  defp pings(peer, count) do
    for n <- 1..count, do: ^n = peer.await(peer.invoke(fn -> n end))
  end

  defp busy_pings(peer, count) do
    for n <- 1..count do
      promise =
        peer.invoke(fn ->
          compute(20)
          n
        end)

      compute(20)
      ^n = peer.await(promise)
    end
  end

  defp fan_out(peer, count) do
    promises = for n <- 1..count, do: peer.invoke(fn -> n end)
    true = Enum.sum(peer.await_many(promises)) == div(count * (count + 1), 2)
  end

  defp busy_fan_out(peer, count) do
    body = fn n ->
      compute(10)
      n
    end

    promises = for n <- 1..count, do: peer.invoke(fn -> body.(n) end)
    true = Enum.sum(peer.await_many(promises)) == div(count * (count + 1), 2)
  end

  def fib(_peer, n) when n < 2, do: n

  def fib(peer, n) do
    a = peer.invoke(fn -> fib(peer, n - 1) end)
    b = peer.invoke(fn -> fib(peer, n - 2) end)
    peer.await(a) + peer.await(b)
  end

  defp checked_fib(peer, n) do
    value = Enum.reduce(1..n, {0, 1}, fn _, {a, b} -> {b, a + b} end) |> elem(0)
    ^value = fib(peer, n)
  end

  def levels(_peer, 0), do: 0
  def levels(peer, depth), do: 1 + peer.await(peer.invoke(fn -> levels(peer, depth - 1) end))

  defp chain(peer, depth) do
    ^depth = peer.await(peer.invoke(fn -> levels(peer, depth) end))
  end

  def node(_peer, first, 1), do: first

  def node(peer, first, leaves) do
    each = div(leaves, 10)
    children = for n <- 0..9, do: peer.invoke(fn -> node(peer, first + n * each, each) end)
    Enum.sum(peer.await_many(children))
  end

  defp skynet(peer, leaves) do
    sum = div(leaves * (leaves - 1), 2)
    ^sum = peer.await(peer.invoke(fn -> node(peer, 0, leaves) end))
  end

  defp sleepers(peer, count) do
    start = now()
    promises = for _ <- 1..count, do: peer.invoke(fn -> Process.sleep(100) end)
    peer.await_many(promises)
    time = millis(start)
    true = time >= 100
    time
  end

  defp awaiters(peer) do
    {await, resolve} = peer.one_promise()
    arrived = :counters.new(1, [:atomics])
    start = now()

    awaiters =
      for _ <- 1..1_000 do
        peer.invoke(fn ->
          :counters.add(arrived, 1, 1)
          await.()
        end)
      end

    until(arrived, 1_000)
    invoking = millis(start)
    Process.sleep(20)
    start = now()
    resolve.(42)
    true = Enum.sum(peer.await_many(awaiters)) == 42_000
    waking = millis(start)
    [invoking + waking, waking]
  end

  defp until(counter, count) do
    if :counters.get(counter, 1) < count do
      :erlang.yield()
      until(counter, count)
    end
  end

  # The median in microseconds. The invoker goes on computing, and watches for the start.
  defp samples(peer, count, pause) do
    latencies =
      for _ <- 1..count do
        pause.()
        started = :atomics.new(1, [])
        invoked = now()
        peer.forget(fn -> :atomics.put(started, 1, now() - invoked) end)
        watch(started)
      end

    latencies = latencies |> Enum.drop(div(count, 10)) |> Enum.sort()
    Enum.at(latencies, div(length(latencies), 2)) / 1_000
  end

  defp watch(started) do
    case :atomics.get(started, 1) do
      0 -> watch(started)
      nanos -> nanos
    end
  end

  # The most memory that was resident at once, in MiB.
  defp peak do
    [_, kib] = Regex.run(~r/VmHWM:\s+(\d+) kB/, File.read!("/proc/self/status"))
    String.to_integer(kib) / 1024
  end
end
