//! What the file system does, and random operations on it.

use std::cell::RefCell;

use super::*;

fn random(buffer: &mut [u8]) -> usize {
    buffer.fill(9);
    buffer.len()
}

/// A system with two modules and a scratch directory.
fn system() -> Rc<FileSystem> {
    let budget = Budget::new(1 << 20);
    let scratch = Scratch::new(&budget);
    with(budget, Some(scratch))
}

fn with(budget: Rc<Budget>, scratch: Option<Rc<Scratch>>) -> Rc<FileSystem> {
    let scratch = RefCell::new(scratch);
    let bundle = || {
        vec![
            (Path::of("worker"), File::fixed(b"export default 1")),
            (Path::of("lib/a.txt"), File::fixed(b"a")),
            (Path::of("lib/b.txt"), File::fixed(b"b")),
        ]
    };
    let setup = Setup {
        bundle,
        scratch: move || scratch.borrow().clone(),
        random,
    };
    FileSystem::new(budget, setup)
}

fn names(system: &FileSystem, path: &str) -> Vec<String> {
    match system.resolve(&Path::of(path), true).unwrap() {
        Some(Node::Directory(directory)) => directory
            .entries()
            .into_iter()
            .map(|(name, _)| name.into())
            .collect(),
        other => panic!("no directory: {other:?}"),
    }
}

fn write(system: &FileSystem, path: &str, data: &[u8]) -> Rc<File> {
    match system.resolve_or_create(&Path::of(path), NodeType::File) {
        Ok(Some(Node::File(file))) => {
            file.write_all(data).unwrap();
            file
        }
        other => panic!("no file: {other:?}"),
    }
}

fn text(system: &FileSystem, path: &str) -> Option<String> {
    match system.resolve(&Path::of(path), true).unwrap()? {
        Node::File(file) => Some(file.with_bytes(|bytes| String::from_utf8_lossy(bytes).into())),
        _ => None,
    }
}

#[test]
fn paths_have_neither_dots_nor_empty_segments() {
    for (text, path) in [
        ("", "/"),
        ("/", "/"),
        ("a//b/", "/a/b"),
        ("/a/./../../b", "/b"),
        ("../..", "/"),
    ] {
        assert_eq!(Path::of(text).to_string(), path);
    }
    assert!(Path::of("/a/b").is_below(&Path::of("/a")));
    assert!(!Path::of("/ab").is_below(&Path::of("/a")));
    assert!(!Path::of("/a").is_below(&Path::of("/a")));
}

#[test]
fn modules_are_read_only_and_keep_their_order() {
    let system = system();
    assert_eq!(names(&system, "/"), ["bundle", "tmp", "dev"]);
    assert_eq!(names(&system, "/bundle"), ["worker", "lib"]);
    assert_eq!(names(&system, "/bundle/lib"), ["a.txt", "b.txt"]);
    assert_eq!(text(&system, "/bundle/lib/b.txt").as_deref(), Some("b"));
    let created = system.resolve_or_create(&Path::of("/bundle/new"), NodeType::File);
    assert_eq!(created.unwrap_err(), Error::ReadOnly);
    let access = Access {
        write: true,
        ..Access::default()
    };
    let how = Opening {
        access,
        ..Opening::default()
    };
    let opened = system.open(&Path::of("/bundle/worker"), how);
    assert_eq!(opened.unwrap_err(), Error::NotPermitted);
}

#[test]
fn the_last_entry_takes_the_place_of_a_removed_one() {
    let system = system();
    for name in ["a", "b", "c"] {
        write(&system, &format!("/tmp/{name}"), b"");
    }
    let Some(Node::Directory(tmp)) = system.resolve(&Path::of("/tmp"), true).unwrap() else {
        panic!("no directory");
    };
    assert_eq!(tmp.remove("a", false), Ok(true));
    assert_eq!(tmp.remove("a", false), Ok(false));
    assert_eq!(names(&system, "/tmp"), ["c", "b"]);
}

#[test]
fn directories_on_the_way_are_made() {
    let system = system();
    write(&system, "/tmp/a/b/c", b"x");
    assert_eq!(text(&system, "/tmp/a/b/c").as_deref(), Some("x"));
    assert_eq!(names(&system, "/tmp/a"), ["b"]);
    // A file is in the way.
    let below = system.resolve(&Path::of("/tmp/a/b/c/d"), true).unwrap();
    assert!(below.is_none());
}

#[test]
fn links_are_followed_but_never_twice() {
    let system = system();
    write(&system, "/tmp/d/f", b"x");
    let Some(Node::Directory(tmp)) = system.resolve(&Path::of("/tmp"), true).unwrap() else {
        panic!("no directory");
    };
    let add = |name: &str, target: &str| {
        tmp.add(name, Node::Link(system.link(Path::of(target))))
            .unwrap();
    };
    add("l", "/tmp/d");
    add("one", "/tmp/two");
    add("two", "/tmp/one");
    add("nowhere", "/tmp/nothing");
    assert_eq!(text(&system, "/tmp/l/f").as_deref(), Some("x"));
    assert!(matches!(
        system.resolve(&Path::of("/tmp/l"), false),
        Ok(Some(Node::Link(_)))
    ));
    let looped = system.resolve(&Path::of("/tmp/one"), true);
    assert_eq!(looped.unwrap_err(), Error::TooManyLinks);
    assert!(
        system
            .resolve(&Path::of("/tmp/nowhere"), true)
            .unwrap()
            .is_none()
    );
    // They stay when their target goes.
    tmp.remove("d", true).unwrap();
    assert!(system.resolve(&Path::of("/tmp/l"), true).unwrap().is_none());
}

#[test]
fn devices_do_as_they_are_known_for() {
    let system = system();
    let device = |name: &str| match system.resolve(&Path::of("/dev").join(name), true) {
        Ok(Some(Node::File(file))) => file,
        other => panic!("no device: {other:?}"),
    };
    let mut buffer = [1; 4];
    assert_eq!(device("null").read(0, &mut buffer), 0);
    assert_eq!(device("null").write(7, b"abc"), Ok(3));
    assert_eq!(device("zero").read(9, &mut buffer), 4);
    assert_eq!(buffer, [0; 4]);
    assert_eq!(device("full").write(0, b"a"), Err(Error::NotPermitted));
    assert_eq!(device("random").read(0, &mut buffer), 4);
    assert_eq!(buffer, [9; 4]);
    assert!(device("random").stat().is_device);
}

#[test]
fn without_an_event_there_is_nothing_in_tmp() {
    let system = with(Budget::new(1 << 20), None);
    assert!(system.resolve(&Path::of("/tmp/a"), true).unwrap().is_none());
    let created = system.resolve_or_create(&Path::of("/tmp/a"), NodeType::File);
    assert!(matches!(created, Ok(None)));
}

#[test]
fn a_budget_bounds_all_files_and_is_given_back() {
    let system = system();
    let before = system.budget().left();
    let file = write(&system, "/tmp/a", &[1; 1000]);
    assert_eq!(file.resize(2 << 20), Err(Error::FileTooLarge));
    assert_eq!(file.resize(FILE_LIMIT + 1), Err(Error::FileTooLarge));
    file.write(4000, b"x").unwrap();
    assert_eq!(file.stat().size, 4001);
    let copy = file.duplicate(system.budget()).unwrap();
    assert_eq!(copy.write(1 << 20, b"x"), Err(Error::FileTooLarge));
    drop((file, copy));
    let Some(Node::Directory(tmp)) = system.resolve(&Path::of("/tmp"), true).unwrap() else {
        panic!("no directory");
    };
    tmp.remove("a", false).unwrap();
    assert_eq!(system.budget().left(), before);
}

#[test]
fn a_deep_tree_is_dropped_without_recursion() {
    let budget = Budget::new(usize::MAX);
    let mut top = Directory::writable(&budget);
    for _ in 0..200_000 {
        let above = Directory::writable(&budget);
        above.add("d", Node::Directory(top)).unwrap();
        top = above;
    }
    drop(top);
    assert_eq!(budget.left(), usize::MAX);
}

#[test]
fn descriptors_have_rights_and_are_not_reused() {
    let system = system();
    let access = Access {
        read: true,
        write: true,
        append: false,
    };
    let path = Path::of("/tmp/f");
    let existing = Opening {
        access,
        ..Opening::default()
    };
    let new = Opening {
        create: true,
        exclusive: true,
        ..existing
    };
    assert_eq!(system.open(&path, existing).unwrap_err(), Error::NotFound);
    let first = system.open(&path, new).unwrap();
    assert_eq!(first.descriptor, 3);
    assert_eq!(system.open(&path, new).unwrap_err(), Error::AlreadyExists);
    system.close(first.descriptor);
    assert!(system.opened(first.descriptor).is_none());
    assert_eq!(system.open(&path, existing).unwrap().descriptor, 4);
    // The standard streams stay open.
    system.close(1);
    assert!(system.opened(1).is_some());
    assert!(system.opened(-1).is_none());
    let directory = system.open(&Path::of("/tmp"), existing);
    assert_eq!(directory.unwrap_err(), Error::NotPermittedOnDirectory);
    let below = system.open(&Path::of("/tmp/f/x"), new);
    assert_eq!(below.unwrap_err(), Error::NotDirectory);
}

#[test]
fn opening_for_writing_may_empty_a_file() {
    let system = system();
    write(&system, "/tmp/f", b"content");
    let mut how = Opening {
        truncate: true,
        ..Opening::default()
    };
    let open = |how| {
        system
            .open(&Path::of("/tmp/f"), how)
            .unwrap()
            .node
            .stat()
            .size
    };
    assert_eq!(open(how), 7);
    how.access.write = true;
    assert_eq!(open(how), 0);
}

#[test]
fn a_lock_holds_all_directories_above() {
    let system = system();
    let one = system.lock(Path::of("/tmp/a/b"));
    let other = system.lock(Path::of("/tmp/a"));
    for path in ["/tmp", "/tmp/a", "/tmp/a/b"] {
        assert!(system.is_locked(&Path::of(path)), "{path}");
    }
    drop(one);
    assert!(!system.is_locked(&Path::of("/tmp/a/b")));
    assert!(system.is_locked(&Path::of("/tmp")));
    drop(other);
    assert!(!system.is_locked(&Path::of("/tmp")));
}

#[test]
fn standard_streams_come_in_lines() {
    let system = system();
    let opened = system.opened(1).unwrap();
    let Node::File(file) = &opened.node else {
        panic!("no file");
    };
    let standard = file.as_standard().unwrap();
    let mut data: &[u8] = b"one\ntwo";
    assert_eq!(standard.next_line(&mut data).as_deref(), Some(&b"one"[..]));
    assert_eq!(standard.next_line(&mut data), None);
    assert!(standard.wants_flush());
    assert!(!standard.wants_flush());
    let mut data: &[u8] = b" more\n";
    assert_eq!(
        standard.next_line(&mut data).as_deref(),
        Some(&b"two more"[..])
    );
    assert_eq!(standard.flush(), None);
    let long = vec![b'x'; 5000];
    let mut data: &[u8] = &long;
    assert_eq!(standard.next_line(&mut data), None);
    assert_eq!(standard.flush().unwrap().len(), 4096);
}

/// Random operations, compared with a list of paths.
#[test]
fn does_what_a_list_of_paths_does() {
    let mut state = 7_u64;
    let mut next = |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) % below
    };
    let system = system();
    let mut known: Vec<(String, u8)> = Vec::new();
    for round in 0..2000 {
        let path = format!("/tmp/{}/{}", next(3), next(4));
        match next(3) {
            0 => {
                let byte = u8::try_from(round % 251).unwrap();
                write(&system, &path, &[byte]);
                known.retain(|(other, _)| *other != path);
                known.push((path, byte));
            }
            1 => {
                let (parent, name) = Path::of(&path)
                    .split_last()
                    .map(|(p, n)| (p, n.to_owned()))
                    .unwrap();
                let removed = match system.resolve(&parent, true).unwrap() {
                    Some(Node::Directory(directory)) => directory.remove(&name, false).unwrap(),
                    _ => false,
                };
                assert_eq!(removed, known.iter().any(|(other, _)| *other == path));
                known.retain(|(other, _)| *other != path);
            }
            _ => {
                let expected = known.iter().find(|(other, _)| *other == path);
                let found = match system.resolve(&Path::of(&path), true).unwrap() {
                    Some(Node::File(file)) => Some(file.with_bytes(<[u8]>::to_vec)),
                    _ => None,
                };
                assert_eq!(found, expected.map(|(_, byte)| vec![*byte]));
            }
        }
    }
}
