# import.meta: what a module knows of itself.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "meta",
    worker = (
      modules = [
        (name = "meta.js", esModule = embed "meta.js"),
        (name = "lib/other.js", esModule = "export const { url, main, dirname } = import.meta; export const resolve = import.meta.resolve('./x.js');"),
        (name = "https://example.com/mod", esModule = "export const meta = import.meta;"),
      ],
      compatibilityFlags = ["nodejs_compat"],
    ),
  )],
);
