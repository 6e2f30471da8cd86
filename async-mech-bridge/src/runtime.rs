//! The tokio runtime of an adapter: its threads, and how blocking code uses it.

use std::fmt;
use std::io;
use std::sync::mpsc;

use tokio::runtime::{Builder, Handle, Runtime as Tokio};

/// A tokio runtime of one's own, with two threads. Dropped, it stops, and waits for nothing.
pub struct Runtime {
    tokio: Option<Tokio>,
}

impl Runtime {
    /// Starts it; its threads have that name.
    ///
    /// # Errors
    ///
    /// If a thread cannot be started.
    pub fn start(name: &str) -> io::Result<Runtime> {
        let tokio =
            Builder::new_multi_thread().worker_threads(2).thread_name(name).enable_all().build()?;
        Ok(Runtime { tokio: Some(tokio) })
    }

    /// For [`Handle::spawn`].
    #[must_use]
    pub fn handle(&self) -> &Handle {
        self.tokio.as_ref().expect("there until dropped").handle()
    }

    /// Runs a future there, and blocks the calling thread until it is ready. Also in a thread that
    /// is a runtime's own, where tokio's `block_on` would panic.
    ///
    /// # Errors
    ///
    /// If the future panics, or the runtime stops meanwhile.
    pub fn run<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> io::Result<T> {
        let (sender, receiver) = mpsc::sync_channel(1);
        self.handle().spawn(async move {
            let _ = sender.send(future.await);
        });
        receiver.recv().map_err(|_| io::Error::other("the engine's client has stopped"))
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        if let Some(tokio) = self.tokio.take() {
            tokio.shutdown_background();
        }
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Runtime")
    }
}
