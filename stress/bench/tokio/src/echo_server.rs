//! Sends back what it receives, a task for each connection. Serves until the process is ended.

use crate::measure::{raise_descriptor_limit, Metrics};
use crate::{run_on_worker, Settings};
use std::net::Ipv4Addr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

async fn serve(mut stream: TcpStream, message_bytes: usize) {
    let mut buffer = vec![0; message_bytes];
    loop {
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return, // The load generator is done.
            Ok(received) => {
                if stream.write_all(&buffer[..received]).await.is_err() {
                    return;
                }
            }
        }
    }
}

async fn listen(message_bytes: usize) -> std::io::Result<Metrics> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
    let listener = socket.listen(4096)?;
    println!("{{\"port\": {}}}", listener.local_addr()?.port());
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(serve(stream, message_bytes));
    }
}

pub fn echo(settings: &Settings) -> Metrics {
    raise_descriptor_limit();
    run_on_worker(&settings.runtime(), listen(settings.message_bytes)).expect("listening")
}
