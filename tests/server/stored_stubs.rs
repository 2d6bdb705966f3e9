//! Services and stubs that an object has stored: they are there after a restart and after a kill, and the other server
//! of the same data has them, too, if `WORKERD_REAL` names the binary of the real workerd.

use crate::harness::Setup;
use crate::storage::{Store, in_either_order};

const CODE: &str = r#"
import { DurableObject, RpcStub, RpcTarget, WorkerEntrypoint, restore } from "cloudflare:workers";

class Counter extends RpcTarget {
  constructor(name) { super(); this.name = name; this.count = 0; }
  next() { return `${this.name} ${++this.count}`; }
}

export class Greeter extends WorkerEntrypoint {
  greet() { return `Hello, ${this.ctx.props.name}`; }
}

export class Store extends DurableObject {
  [restore]({ name }) { return new RpcStub(new Counter(name)); }

  async fetch(request) {
    const { storage } = this.ctx;
    if (new URL(request.url).pathname === "/keep") {
      const service = this.ctx.exports.Greeter({ props: { name: "you" } });
      await storage.put({ service, nested: { stubs: [await this.ctx.restore({ name: "a" })] } });
      return new Response("kept");
    }
    const { stubs } = await storage.get("nested");
    const service = await storage.get("service");
    return Response.json([await stubs[0].next(), await stubs[0].next(), await service.greet()]);
  }
}

export default { fetch: (request, env) =>
  env.STORE.get(env.STORE.idFromName("one")).fetch(request).catch((error) => new Response(error.stack, { status: 500 })) };
"#;

const USED: &str = r#"["a 1","a 2","Hello, you"]"#;

fn server(store: &Store) -> Setup {
    let flags = "compatibilityFlags = [\"nodejs_compat\", \"experimental\", \"allow_irrevocable_stub_storage\", \
                 \"enable_ctx_exports\"], ";
    store.setup_with(CODE, flags).argument("--experimental")
}

#[test]
fn what_was_stored_works_after_a_kill() {
    let store = Store::new();
    let mut first = server(&store).start();
    assert_eq!(first.get("/keep").text(), "kept");
    assert_eq!(first.get("/use").text(), USED);
    first.end("KILL");
    let second = server(&store).start();
    assert_eq!(second.get("/use").text(), USED);
}

#[test]
fn either_server_has_what_the_other_has_stored() {
    in_either_order(server, |first, second| {
        let mut first = first();
        assert_eq!(first.get("/keep").text(), "kept");
        first.end("KILL");
        assert_eq!(second().get("/use").text(), USED);
    });
}
