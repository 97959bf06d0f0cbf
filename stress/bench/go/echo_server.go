// Sends back what it receives, a goroutine for each connection. Serves until the process is ended.

package main

import (
	"fmt"
	"net"
)

func serve(connection net.Conn, messageBytes int) {
	defer connection.Close()
	buffer := make([]byte, messageBytes)
	for {
		received, err := connection.Read(buffer)
		if err != nil {
			return // The load generator is done.
		}
		if _, err := connection.Write(buffer[:received]); err != nil {
			return
		}
	}
}

// Go raises the limit of descriptors and sets TCP_NODELAY by itself.
func echo(s settings) []metric {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	require(err == nil, "listening")
	fmt.Printf("{\"port\": %d}\n", listener.Addr().(*net.TCPAddr).Port)
	for {
		connection, err := listener.Accept()
		require(err == nil, "accepting")
		go serve(connection, s.messageBytes)
	}
}
