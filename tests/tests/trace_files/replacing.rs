//! What was there is replaced as a whole, or left as it is.

use std::fs;

use async_mech::invoke;
use async_mech::trace::Trace;

use crate::scratch::Scratch;

fn trace() -> Trace {
    Trace::record(|| invoke!(|| 42).wait()).1
}

#[test]
fn a_file_is_replaced() {
    let (scratch, trace) = (Scratch::new(), trace());
    let path = scratch.path("run.json");
    fs::write(&path, "x".repeat(1 << 20)).unwrap();
    trace.write(&path).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), trace.perfetto());
    assert_eq!(scratch.names(), ["run.json"]);
}

#[test]
fn a_missing_folder_is_named() {
    let (scratch, trace) = (Scratch::new(), trace());
    let path = scratch.path("nowhere").join("run.json");
    let text = trace.write(&path).unwrap_err().to_string();
    assert!(text.contains(&path.display().to_string()), "{text}");
    assert!(text.contains("No such file") || text.contains("cannot find"), "{text}");
    assert!(scratch.names().is_empty());
}

#[test]
fn a_folder_is_no_file() {
    let (scratch, trace) = (Scratch::new(), trace());
    let path = scratch.path("run.json");
    fs::create_dir(&path).unwrap();
    assert!(trace.write(&path).is_err());
    assert_eq!(scratch.names(), ["run.json"]);
}

#[cfg(unix)]
mod unix {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::process::Command;

    use super::*;

    #[test]
    fn a_link_stays_a_link_and_a_files_permissions_stay() {
        let (scratch, trace) = (Scratch::new(), trace());
        let (file, link) = (scratch.path("there"), scratch.path("run.json"));
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&file, &link).unwrap();
        trace.write(&link).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&file).unwrap(), trace.perfetto());
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(scratch.names(), ["run.json", "there"]);
    }

    #[test]
    fn a_pipe_is_written_to() {
        let (scratch, trace) = (Scratch::new(), trace());
        let path = scratch.path("run.json");
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        let reader = {
            let path = path.clone();
            std::thread::spawn(move || fs::read_to_string(path))
        };
        trace.write(&path).unwrap();
        assert_eq!(reader.join().unwrap().unwrap(), trace.perfetto());
    }

    #[test]
    fn a_name_need_not_be_unicode_nor_short() {
        let (scratch, trace) = (Scratch::new(), trace());
        let path = scratch.path(OsStr::from_bytes(b"r\xfcn.json"));
        trace.write(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), trace.perfetto());
        // Too long for one beside it with a longer name.
        let path = scratch.path("x".repeat(250) + ".json");
        trace.write(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), trace.perfetto());
    }
}
