// Goroutines that give their value through a channel with room for it, so that they need not wait.
package main

import "time"

func trivial(n int, value chan<- int) { value <- n }

func pings(count int) {
	for n := 0; n < count; n++ {
		value := make(chan int, 1)
		go trivial(n, value)
		assert(<-value == n)
	}
}

func busyPings(count int) {
	for n := 0; n < count; n++ {
		value := make(chan int, 1)
		go func() {
			compute(20 * time.Microsecond)
			value <- n
		}()
		compute(20 * time.Microsecond)
		assert(<-value == n)
	}
}

func fanOut(count int) {
	values := make([]chan int, count)
	for n := range values {
		values[n] = make(chan int, 1)
		go trivial(n, values[n])
	}
	sum := 0
	for _, value := range values {
		sum += <-value
	}
	assert(sum == count*(count-1)/2)
}

func busyFanOut(count int) {
	values := make([]chan int, count)
	for n := range values {
		values[n] = make(chan int, 1)
		go func(n int, value chan<- int) {
			compute(10 * time.Microsecond)
			value <- n
		}(n, values[n])
	}
	sum := 0
	for _, value := range values {
		sum += <-value
	}
	assert(sum == count*(count-1)/2)
}

func fib(n int, value chan<- int) {
	if n < 2 {
		value <- n
		return
	}
	a, b := make(chan int, 1), make(chan int, 1)
	go fib(n-1, a)
	go fib(n-2, b)
	value <- <-a + <-b
}

func checkedFib(n int) {
	value := make(chan int, 1)
	fib(n, value)
	a, b := 0, 1
	for ; n > 0; n-- {
		a, b = b, a+b
	}
	assert(<-value == a)
}

func chain(depth int, value chan<- int) {
	if depth == 0 {
		value <- 0
		return
	}
	below := make(chan int, 1)
	go chain(depth-1, below)
	value <- 1 + <-below
}

func checkedChain(depth int) {
	value := make(chan int, 1)
	go chain(depth, value)
	assert(<-value == depth)
}

// skynet is the well-known one, but that its channels have room for all ten children.
func skynet(first, leaves int, value chan<- int) {
	if leaves == 1 {
		value <- first
		return
	}
	values, each := make(chan int, 10), leaves/10
	for n := 0; n < 10; n++ {
		go skynet(first+n*each, each, values)
	}
	sum := 0
	for n := 0; n < 10; n++ {
		sum += <-values
	}
	value <- sum
}

func checkedSkynet(leaves int) {
	value := make(chan int, 1)
	go skynet(0, leaves, value)
	assert(<-value == leaves*(leaves-1)/2)
}
