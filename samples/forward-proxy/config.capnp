# A socket that takes whole URLs, as clients of a proxy send them.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .proxy),
    # Addresses are checked once names have been looked up: 169.254.169.254 is where clouds keep their secrets.
    (name = "web", network = (allow = ["public", "private"], deny = ["169.254.0.0/16"])),
  ],
  sockets = [(name = "proxy", address = "127.0.0.1:3128", http = (style = proxy), service = "main")],
);

const proxy :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  bindings = [(name = "BLOCKED", json = "[\"ads.example\", \"tracker.example\"]")],
  globalOutbound = "web",
  compatibilityDate = "2026-11-17",
);
