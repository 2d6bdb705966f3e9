# Redirects of subrequests: which are followed, and the URLs that are shown.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "redirect",
    worker = (
      modules = [(name = "redirect.js", esModule = embed "redirect.js")],
      bindings = [(name = "SELF", service = "redirect")],
      compatibilityFlags = ["nodejs_compat"],
    ),
  )],
);
