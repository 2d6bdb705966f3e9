//! Console output: values as text, lines to wherever the host wants them.

use std::cell::RefCell;
use std::rc::Rc;

use jsg::js::{Function, Global, Local, Value};
use jsg::modules::Registry;
use jsg::{Error, Lock, Result};
use web::console::{ConsoleSink, Level};

/// Where lines go. One a loop.
pub trait Output {
    fn write(&self, level: Level, line: &str);
}

/// The sink of every Worker: formats as Node's `console` does, by the built-in inspection.
pub struct Console {
    output: Rc<dyn Output>,
    /// The built-in formatter, loaded when something else than plain text is logged.
    format: RefCell<Option<Global<Function>>>,
}

impl Console {
    pub fn new(output: Rc<dyn Output>) -> Self {
        Self {
            output,
            format: RefCell::new(None),
        }
    }

    fn formatter<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Function>> {
        if let Some(format) = &*self.format.borrow() {
            return Ok(Local::new(js, format));
        }
        let registry = Registry::current(js)
            .ok_or_else(|| Error::Internal("console without a registry".into()))?;
        let module = registry.import_builtin(js, "node-internal:internal_inspect")?;
        let key = jsg::intern(js, "formatLog");
        let format = module.get(js, key.into()).ok_or(Error::Pending)?;
        let format = Local::<Function>::try_from(format)
            .map_err(|_| Error::Internal("the built-in inspection has no formatLog".into()))?;
        let kept = Global::new(js, format);
        self.format.replace(Some(kept));
        Ok(format)
    }

    fn line<'s>(&self, js: &mut Lock<'s, '_>, values: &[Local<'s, Value>]) -> Result<String> {
        if let Some(line) = plain(js, values) {
            return Ok(line);
        }
        let format = self.formatter(js)?;
        let receiver = jsg::js::undefined(js).into();
        let values = jsg::js::Array::new_with_elements(js, values);
        let colors = jsg::js::Boolean::new(js, false);
        let text = format
            .call(js, receiver, &[values.into(), colors.into()])
            .ok_or(Error::Pending)?;
        Ok(text.to_rust_string_lossy(js))
    }
}

/// Text alone needs no formatter, unless its first value could be a format.
fn plain<'s>(js: &mut Lock<'s, '_>, values: &[Local<'s, Value>]) -> Option<String> {
    let mut line = String::new();
    for (index, value) in values.iter().enumerate() {
        if !value.is_string() {
            return None;
        }
        let text = value.to_rust_string_lossy(js);
        if index == 0 && values.len() > 1 && text.contains('%') {
            return None;
        }
        if index > 0 {
            line.push(' ');
        }
        line.push_str(&text);
    }
    Some(line)
}

impl ConsoleSink for Console {
    fn log<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        level: Level,
        values: &[Local<'s, Value>],
    ) -> Result<()> {
        crate::tracer::log(js, level, values);
        let line = self.line(js, values)?;
        self.output.write(level, &line);
        Ok(())
    }

    fn warning(&self, js: &mut Lock<'_, '_>, text: &str) {
        crate::tracer::warning(js, text);
        self.output.write(Level::Warn, text);
    }

    fn hint(&self, _: &mut Lock<'_, '_>, text: &str) {
        tracing::info!("console warning; message = {text}");
    }
}
