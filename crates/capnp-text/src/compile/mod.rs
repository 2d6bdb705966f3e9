//! Compiler: source files to a schema and evaluated constants.
//!
//! The file that is asked for is compiled as a whole, so that every mistake in it is reported. What it imports is
//! compiled as far as it is used.
//!
//! Invariants:
//! 1. Every mistake is reported once, where it stands; what depends on it yields `None` without a second report,
//!    except that names bound to something broken count as not defined.
//! 2. A declaration that is being worked on is marked so, and coming back to it is a reported cycle, never a loop.

mod names;
mod structs;
mod values;

use crate::ast::{Decl, DeclKind};
use crate::id;
use crate::parse;
use crate::schema::{EnumId, Schema, StructId, Type};
use crate::source::{Diagnostic, FileSystem, LineIndex, Span, directory, join, shown};
use crate::value::Value;
use names::Entity;
use std::collections::HashMap;
use std::io;
use std::rc::Rc;
use std::sync::Arc;

/// What a compilation may read.
pub struct Sources<'a> {
    pub files: &'a dyn FileSystem,
    /// Directories searched for imports and embeds whose path begins with `/`.
    pub import_dirs: &'a [String],
    /// Files that exist without a file system, by absolute path.
    pub builtins: &'a [(&'a str, &'a str)],
}

/// Larger files are refused, since places in them are 32 bits wide.
const MAX_FILE: usize = 1 << 30;

/// The annotations that schemas for C++ carry.
const CXX: (&str, &str) = ("/capnp/c++.capnp", include_str!("c++.capnp"));

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct NodeId(usize);

/// A declaration that has a name of its own, or a file.
struct Node {
    file: usize,
    parent: Option<NodeId>,
    /// `None` for a file.
    decl: Option<Rc<Decl>>,
    id: u64,
    children: Vec<NodeId>,
    by_name: HashMap<String, NodeId>,
}

struct File {
    /// As shown in messages, and as the base of relative imports.
    path: String,
    lines: LineIndex,
}

/// How far a declaration is.
#[derive(Clone)]
enum State<T> {
    Working,
    Done(Option<T>),
}

pub(crate) struct Compiler<'a> {
    sources: &'a Sources<'a>,
    files: Vec<File>,
    nodes: Vec<Node>,
    /// Files by path, as nodes.
    loaded: HashMap<String, NodeId>,
    /// What was in the files read: many Workers may embed the same one.
    contents: HashMap<String, Arc<[u8]>>,
    pub files_read: Vec<String>,
    pub errors: Vec<Diagnostic>,
    pub schema: Schema,
    structs: HashMap<NodeId, StructId>,
    enums: HashMap<NodeId, EnumId>,
    usings: HashMap<NodeId, State<Entity>>,
    constants: HashMap<NodeId, State<(Type, Value)>>,
    /// Defaults to evaluate when the structs they belong to are complete.
    pending: Vec<structs::PendingDefault>,
}

/// A symbol of the main file.
pub(crate) enum Symbol {
    /// `None` when its evaluation failed.
    Constant(Option<(Type, Value)>),
    Other,
}

impl<'a> Compiler<'a> {
    pub fn new(sources: &'a Sources<'a>) -> Compiler<'a> {
        Compiler {
            sources,
            files: Vec::new(),
            nodes: Vec::new(),
            loaded: HashMap::new(),
            contents: HashMap::new(),
            files_read: Vec::new(),
            errors: Vec::new(),
            schema: Schema::default(),
            structs: HashMap::new(),
            enums: HashMap::new(),
            usings: HashMap::new(),
            constants: HashMap::new(),
            pending: Vec::new(),
        }
    }

    /// Reads and compiles a whole file.
    pub fn compile_file(&mut self, path: &str) -> io::Result<NodeId> {
        let path = shown(self.sources.files.current_dir().as_deref(), path);
        let text = match self.builtin(&path) {
            Some(text) => text,
            None => self.read(&path)?,
        };
        let file = self.add_file(&path, &text);
        self.compile_members(file);
        Ok(file)
    }

    /// The constants that stand directly in a file, in order.
    pub fn constants(&self, file: NodeId) -> Vec<(String, Type, Value)> {
        let constants = self.nodes[file.0].children.iter().filter_map(|child| {
            let State::Done(Some((ty, value))) = self.constants.get(child)?.clone() else {
                return None;
            };
            let name = self.nodes[child.0].decl.as_ref()?.name.text.clone();
            Some((name, ty, value))
        });
        constants.collect()
    }

    /// The member of that name of a file or declaration.
    pub fn child(&self, parent: NodeId, name: &str) -> Option<NodeId> {
        self.nodes[parent.0].by_name.get(name).copied()
    }

    pub fn symbol(&self, node: NodeId) -> Symbol {
        match self.constants.get(&node) {
            Some(State::Done(value)) => Symbol::Constant(value.clone()),
            Some(State::Working) => Symbol::Constant(None),
            None => Symbol::Other,
        }
    }

    fn compile_members(&mut self, parent: NodeId) {
        for child in self.nodes[parent.0].children.clone() {
            let Some(decl) = self.nodes[child.0].decl.clone() else {
                continue;
            };
            match &decl.kind {
                DeclKind::Using(_) => {
                    self.using(child);
                }
                DeclKind::Const { .. } => {
                    self.constant(child);
                }
                DeclKind::Struct { generic: false } => {
                    self.structure(child);
                }
                DeclKind::Enum => {
                    self.enumeration(child);
                }
                _ => {}
            }
            self.compile_members(child);
        }
        self.finish_defaults();
    }

    fn read(&mut self, path: &str) -> io::Result<Arc<[u8]>> {
        if let Some(bytes) = self.contents.get(path) {
            return Ok(Arc::clone(bytes));
        }
        let bytes = self.sources.files.read(path)?;
        if bytes.len() > MAX_FILE {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                "File too large.",
            ));
        }
        self.files_read.push(path.to_owned());
        self.contents.insert(path.to_owned(), Arc::clone(&bytes));
        Ok(bytes)
    }

    fn builtin(&self, path: &str) -> Option<Arc<[u8]>> {
        let mut all = self.sources.builtins.iter().chain([&CXX]);
        let (_, text) = all.find(|(name, _)| *name == path)?;
        Some(text.as_bytes().into())
    }

    /// Finds what an `import` or `embed` in a file means: the path under which it is known, and its bytes.
    fn find(&mut self, file: usize, path: &str) -> Option<(String, Arc<[u8]>)> {
        if let Some(absolute) = path.strip_prefix('/') {
            let path = join("", path);
            if let Some(text) = self.builtin(&path) {
                return Some((path, text));
            }
            let candidates: Vec<_> = self
                .sources
                .import_dirs
                .iter()
                .map(|dir| join(dir, absolute))
                .collect();
            return candidates
                .into_iter()
                .find_map(|path| self.read(&path).ok().map(|bytes| (path, bytes)));
        }
        let path = join(directory(&self.files[file].path), path);
        let bytes = match path.starts_with('/').then(|| self.builtin(&path)).flatten() {
            Some(text) => text,
            None => self.read(&path).ok()?,
        };
        Some((path, bytes))
    }

    fn import(&mut self, file: usize, path: &str, span: Span) -> Option<NodeId> {
        match self.find(file, path) {
            Some((path, text)) => match self.loaded.get(&path) {
                Some(node) => Some(*node),
                None => Some(self.add_file(&path, &text)),
            },
            None => {
                self.error(file, span, format!("Import failed: {path}"));
                None
            }
        }
    }

    fn add_file(&mut self, path: &str, text: &[u8]) -> NodeId {
        let (ast, errors) = parse::parse(text);
        let file = self.files.len();
        self.files.push(File {
            path: path.to_owned(),
            lines: LineIndex::new(text),
        });
        for (span, message) in errors {
            self.error(file, span, message);
        }
        let node = self.add_node(Node {
            file,
            parent: None,
            decl: None,
            id: ast.id.unwrap_or_else(|| id::file(path)),
            children: Vec::new(),
            by_name: HashMap::new(),
        });
        self.loaded.insert(path.to_owned(), node);
        for decl in &ast.decls {
            self.add_decl(node, decl);
        }
        node
    }

    fn add_decl(&mut self, parent: NodeId, decl: &Rc<Decl>) {
        let file = self.nodes[parent.0].file;
        let name = &decl.name;
        let is_member = matches!(
            decl.kind,
            DeclKind::Field { .. }
                | DeclKind::Union { .. }
                | DeclKind::Group
                | DeclKind::Enumerant { .. }
        );
        if is_member {
            return;
        }
        let node = self.add_node(Node {
            file,
            parent: Some(parent),
            decl: Some(decl.clone()),
            id: decl
                .id
                .unwrap_or_else(|| id::child(self.nodes[parent.0].id, &name.text)),
            children: Vec::new(),
            by_name: HashMap::new(),
        });
        self.nodes[parent.0].children.push(node);
        match self.nodes[parent.0].by_name.get(&name.text).copied() {
            _ if name.text.is_empty() => {}
            None => {
                self.nodes[parent.0].by_name.insert(name.text.clone(), node);
            }
            Some(first) => {
                let message = format!("'{}' is already defined in this scope.", name.text);
                self.error(file, name.span, message);
                if let Some(first) = self.nodes[first.0].decl.clone() {
                    self.error(
                        file,
                        first.name.span,
                        format!("'{}' previously defined here.", name.text),
                    );
                }
            }
        }
        for member in &decl.members {
            self.add_decl(node, member);
        }
    }

    fn add_node(&mut self, node: Node) -> NodeId {
        self.nodes.push(node);
        NodeId(self.nodes.len() - 1)
    }

    fn error(&mut self, file: usize, span: Span, message: impl Into<String>) {
        let file = &self.files[file];
        self.errors
            .push(file.lines.diagnostic(&file.path, span, message.into()));
    }
}
