//! Where this process's worker listens, and the connections that Restate makes.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::time::Duration;

use hyper::server::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use restate_sdk::endpoint::Endpoint;
use restate_sdk::hyper::HyperEndpoint;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpListener;
use tokio::time::sleep;

/// Binds the address, `host:port`, so that other processes of this host may too. Called in a runtime.
pub(crate) fn bind(address: &str) -> io::Result<(TcpListener, SocketAddr)> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in address.to_socket_addrs()? {
        match bind_one(address) {
            Ok(listener) => {
                let address = listener.local_addr()?;
                return Ok((listener, address));
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn bind_one(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    #[cfg(unix)]
    {
        socket.set_reuse_address(true)?;
        #[cfg(not(any(target_os = "solaris", target_os = "illumos")))]
        socket.set_reuse_port(true)?;
    }
    socket.bind(&address.into())?;
    socket.listen(1024)?;
    socket.set_nonblocking(true)?;
    TcpListener::from_std(socket.into())
}

/// Serves until it is dropped. A connection carries at most that many executions; Restate makes
/// further ones, and the system hands them to the processes that share the port.
pub(crate) async fn serve(listener: TcpListener, endpoint: Endpoint, per_connection: u32) {
    let service = HyperEndpoint::new(endpoint);
    let mut http = http2::Builder::new(TokioExecutor::new());
    http.max_concurrent_streams(per_connection)
        .timer(TokioTimer::new())
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(20));
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            // Too many open files, mostly.
            Err(_) => {
                sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let _ = stream.set_nodelay(true);
        let connection = http.serve_connection(TokioIo::new(stream), service.clone());
        tokio::spawn(async move {
            // It ends when the server has gone, and takes the executions on it with it.
            let _ = connection.await;
        });
    }
}
