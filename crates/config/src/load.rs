//! Loading: a text or binary config to the model.

use crate::error::LoadError;
use crate::model::Config;
use crate::read;
use capnp_text::{
    Compiled, Constant, FileSystem, LookupError, Message, Schema, Sources, StructId, Type,
};
use std::sync::{Arc, LazyLock};

/// The schema of configs, under the path by which text configs import it.
const SCHEMA: (&str, &str) = (
    "/workerd/workerd.capnp",
    include_str!("../../../schema/workerd.capnp"),
);

/// The type id of `Config`.
const CONFIG_ID: u64 = 0x8794_486c_76aa_a7d6;

/// A config with the files that it was made of.
#[derive(Debug)]
pub struct Loaded {
    pub config: Config,
    /// All files read, embedded and imported ones included.
    pub files: Vec<String>,
    /// The same config in binary form.
    message: Message,
}

impl Loaded {
    /// The config in binary form, with stream framing.
    pub fn encoded(&self) -> Vec<u8> {
        self.message.to_stream()
    }
}

/// Reads a text config. `constant` names the constant to use; without it there must be just one of type `Config`.
pub fn load_text(
    path: &str,
    constant: Option<&str>,
    import_dirs: &[String],
    files: &dyn FileSystem,
) -> Result<Loaded, Vec<LoadError>> {
    let sources = Sources {
        files,
        import_dirs,
        builtins: &[SCHEMA],
    };
    let unusable = |message: String| {
        vec![LoadError::Unusable {
            file: path.to_owned(),
            message,
        }]
    };
    let compiled = capnp_text::compile(path, &sources).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => unusable("No such file.".to_owned()),
        std::io::ErrorKind::IsADirectory => unusable("Config path is not a file.".to_owned()),
        _ => unusable(error.to_string()),
    })?;
    if !compiled.errors().is_empty() {
        return Err(compiled
            .errors()
            .iter()
            .cloned()
            .map(LoadError::Text)
            .collect());
    }
    let constant = choose(&compiled, constant).map_err(unusable)?;
    let (Type::Struct(ty), Some(message)) = (&constant.ty, compiled.encode(&constant)) else {
        return Err(unusable(format!(
            "{}: Constant is not of type 'Config'.",
            constant.name
        )));
    };
    let config = read_message(&message, compiled.schema(), *ty)
        .map_err(|error| unusable(error.to_string()))?;
    Ok(Loaded {
        config,
        files: compiled.files_read().to_vec(),
        message,
    })
}

/// Reads an encoded config. `file` is how messages call it.
pub fn load_binary(file: &str, bytes: Arc<[u8]>) -> Result<Config, Vec<LoadError>> {
    let unusable = |message: String| {
        vec![LoadError::Unusable {
            file: file.to_owned(),
            message,
        }]
    };
    let message = Message::from_stream(bytes).map_err(|error| unusable(error.to_string()))?;
    let Some(ty) = SCHEMA_TYPES.struct_by_id(CONFIG_ID) else {
        return Err(unusable("The built-in schema has no Config.".to_owned()));
    };
    read_message(&message, &SCHEMA_TYPES, ty).map_err(|error| unusable(error.to_string()))
}

/// An encoded config without whatever follows it. `file` is how messages call it.
pub fn reframed(file: &str, bytes: Arc<[u8]>) -> Result<Vec<u8>, Vec<LoadError>> {
    match Message::from_stream(bytes) {
        Ok(message) => Ok(message.to_stream()),
        Err(error) => Err(vec![LoadError::Unusable {
            file: file.to_owned(),
            message: error.to_string(),
        }]),
    }
}

fn read_message(message: &Message, schema: &Schema, ty: StructId) -> read::Result<Config> {
    read::config(message.root(schema, ty)?)
}

/// The schema without any config.
static SCHEMA_TYPES: LazyLock<Arc<Schema>> = LazyLock::new(|| {
    let sources = Sources {
        files: &NoFiles,
        import_dirs: &[],
        builtins: &[SCHEMA],
    };
    match capnp_text::compile(SCHEMA.0, &sources) {
        Ok(compiled) => compiled.into_schema(),
        Err(_) => Arc::default(),
    }
});

/// A file system without files.
struct NoFiles;

impl FileSystem for NoFiles {
    fn read(&self, _path: &str) -> std::io::Result<Arc<[u8]>> {
        Err(std::io::ErrorKind::NotFound.into())
    }
}

/// The message about a path of names of which `missing` is the first that does not exist.
fn undefined(path: &str, missing: &str) -> String {
    let names: Vec<_> = path.split('.').collect();
    let found = names.iter().take_while(|name| **name != missing).count();
    let rest = names.get(found..).unwrap_or_default().join(".");
    if rest == missing {
        return format!("{missing}: No such constant is defined in the config file.");
    }
    format!(
        "{rest}: No such constant is defined in the config file (the parent scope '{missing}' does not exist)."
    )
}

/// Finds the constant to use.
fn choose(compiled: &Compiled<'_>, name: Option<&str>) -> Result<Constant, String> {
    let is_config = |constant: &Constant| match constant.ty {
        Type::Struct(id) => compiled.schema().structure(id).id == CONFIG_ID,
        _ => false,
    };
    if let Some(path) = name {
        let last = path.rsplit('.').next().unwrap_or(path);
        return match compiled.constant(path) {
            Ok(Some(constant)) if is_config(&constant) => Ok(constant),
            Ok(_) => Err(format!("{last}: Constant is not of type 'Config'.")),
            Err(LookupError::Undefined(name)) => Err(undefined(path, &name)),
            Err(LookupError::NotConstant(_)) => Err(format!("{last}: Symbol is not a constant.")),
        };
    }
    let mut configs: Vec<_> = compiled.constants().into_iter().filter(is_config).collect();
    if configs.len() > 1 {
        configs.sort_by(|a, b| a.name.cmp(&b.name));
        let names: Vec<_> = configs
            .iter()
            .map(|constant| constant.name.as_str())
            .collect();
        return Err(format!(
            "The config file defines multiple top-level constants of type 'Config', so you must specify which one to \
             use with <const-name>. The options are: {}",
            names.join(", ")
        ));
    }
    configs.pop().ok_or_else(|| {
        "The config file does not define any top-level constants of type 'Config'.".to_owned()
    })
}
