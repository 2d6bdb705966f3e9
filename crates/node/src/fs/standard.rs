//! What is written to the standard streams: it goes to `console.log`, line by line, as the guest has it.

use std::rc::Rc;
use std::sync::OnceLock;

use jsg::convert::BufferSource;
use jsg::js::{Function, Local, Object};
use jsg::{Error, Lock, Result, promise};
use vfs::{File, Line, Standard};

/// What lines of the output and of the error stream begin with.
static PREFIXES: OnceLock<[String; 2]> = OnceLock::new();

const DEFAULT_PREFIXES: [&str; 2] = ["stdout:", "stderr:"];

/// Sets what the lines of the process's Workers begin with: those of the output, those of the error stream. Before the
/// first Worker starts.
pub fn set_prefixes(output: &str, error: &str) {
    let prefixes = [output, error].map(|prefix| prefix.trim_end().to_owned());
    let _ = PREFIXES.set(prefixes);
}

/// Writes buffers to a standard stream. Guest code may run in between, and write there, too.
pub(super) fn write(
    js: &mut Lock<'_, '_>,
    file: &Rc<File>,
    data: &[BufferSource<'_>],
) -> Result<u32> {
    let mut total = 0;
    for buffer in data {
        let bytes = buffer.to_vec();
        let mut left = &bytes[..Standard::accepts(bytes.len())];
        total += left.len();
        let Some(standard) = file
            .as_standard()
            .filter(|standard| standard.descriptor() != 0)
        else {
            continue;
        };
        while !left.is_empty() {
            if let Some(line) = standard.next_line(&mut left) {
                print(js, standard.descriptor(), &line)?;
            }
        }
        if standard.wants_flush() {
            flush_soon(js, file.clone());
        }
    }
    Ok(u32::try_from(total).unwrap_or(u32::MAX))
}

/// A line that does not end is printed when the guest's turn is over.
fn flush_soon(js: &mut Lock<'_, '_>, file: Rc<File>) {
    let flush = promise::once_function(js, move |js, _| {
        let line = file.as_standard().and_then(|standard| {
            let line = standard.flush()?;
            Some((standard.descriptor(), line))
        });
        if let Some((descriptor, line)) = line
            && io::IoContext::is_running()
        {
            print(js, descriptor, &line)?;
        }
        Ok(jsg::js::undefined(js).into())
    });
    js.enqueue_microtask(flush);
}

fn print(js: &mut Lock<'_, '_>, descriptor: i32, line: &Line) -> Result<()> {
    let global = js.get_current_context().global(js);
    let key = jsg::intern(js, "console");
    let console = global.get(js, key.into()).ok_or(Error::Pending)?;
    let Ok(console) = Local::<Object>::try_from(console) else {
        return Ok(());
    };
    let key = jsg::intern(js, "log");
    let log = console.get(js, key.into()).ok_or(Error::Pending)?;
    let Ok(log) = Local::<Function>::try_from(log) else {
        return Ok(());
    };
    let index = usize::from(descriptor == 2);
    let prefix = match PREFIXES.get() {
        Some(prefixes) => &*prefixes[index],
        None => DEFAULT_PREFIXES[index],
    };
    let line = String::from_utf8_lossy(line);
    let text = match (prefix, &*line) {
        ("", line) => line.to_owned(),
        (prefix, "") => prefix.to_owned(),
        (prefix, line) => format!("{prefix} {line}"),
    };
    let text = jsg::string(js, &text);
    log.call(js, console.into(), &[text.into()])
        .ok_or(Error::Pending)?;
    Ok(())
}
