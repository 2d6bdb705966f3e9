# The Web File System API: handles, streams into files, what is in which directory.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "file-system",
    worker = (
      modules = [
        (name = "file-system.js", esModule = embed "file-system.js"),
        (name = "texts/one.txt", text = "one"),
        (name = "texts/two.txt", text = "two"),
      ],
      compatibilityDate = "2026-08-01",
      compatibilityFlags = ["nodejs_compat", "enable_web_file_system", "experimental"],
    ),
  )],
);
