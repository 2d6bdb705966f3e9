//! Structs of Cap'n Proto by the places of their fields, and calls and servers of any interface.
//!
//! The schemas are facts of the protocol: [`schema`](crate::schema) has their numbers. Nothing is generated.

use std::ops::Deref;
use std::rc::Rc;

use capnp::any_pointer;
use capnp::capability::{
    DispatchCallResult, FromClientHook, FromServer, Params, Promise, RemotePromise, Request,
    Results, Server,
};
use capnp::introspect::{Introspect, Type, TypeVariant};
use capnp::private::capability::ClientHook;
use capnp::private::layout::{
    PointerBuilder, PointerReader, StructBuilder, StructReader, StructSize,
};
use capnp::struct_list;
use capnp::traits::{
    FromPointerBuilder, FromPointerReader, HasStructSize, IntoInternalStructReader, Owned,
    OwnedStruct, SetterInput,
};
use capnp::{Error, Word, text_list};
use futures::future::LocalBoxFuture;

pub type Result<T> = std::result::Result<T, Error>;

/// Something to call.
pub type Cap = Box<dyn ClientHook>;

/// A struct of so many words of data and so many pointers.
pub struct Shape<const DATA: u16, const POINTERS: u16>;

/// A struct that came.
#[derive(Clone, Copy)]
pub struct Fields<'a>(StructReader<'a>);

/// A struct on its way.
pub struct New<'a, const DATA: u16, const POINTERS: u16>(StructBuilder<'a>);

pub type List<'a> = struct_list::Reader<'a, Shape<0, 0>>;

impl<const DATA: u16, const POINTERS: u16> Introspect for Shape<DATA, POINTERS> {
    fn introspect() -> Type {
        TypeVariant::AnyPointer.into()
    }
}

impl<const DATA: u16, const POINTERS: u16> OwnedStruct for Shape<DATA, POINTERS> {
    type Reader<'a> = Fields<'a>;
    type Builder<'a> = New<'a, DATA, POINTERS>;
}

impl<const DATA: u16, const POINTERS: u16> Owned for Shape<DATA, POINTERS> {
    type Reader<'a> = Fields<'a>;
    type Builder<'a> = New<'a, DATA, POINTERS>;
}

impl<'a> From<StructReader<'a>> for Fields<'a> {
    fn from(reader: StructReader<'a>) -> Self {
        Self(reader)
    }
}

impl<'a> IntoInternalStructReader<'a> for Fields<'a> {
    fn into_internal_struct_reader(self) -> StructReader<'a> {
        self.0
    }
}

impl<const DATA: u16, const POINTERS: u16> SetterInput<Shape<DATA, POINTERS>> for Fields<'_> {
    fn set_pointer_builder(
        mut builder: PointerBuilder<'_>,
        input: Self,
        canonicalize: bool,
    ) -> Result<()> {
        builder.set_struct(&input.0, canonicalize)
    }
}

impl<'a> FromPointerReader<'a> for Fields<'a> {
    fn get_from_pointer(reader: &PointerReader<'a>, default: Option<&'a [Word]>) -> Result<Self> {
        Ok(Self(reader.get_struct(default)?))
    }
}

impl<'a> Fields<'a> {
    pub fn flag(&self, bit: usize) -> bool {
        self.0.get_bool_field(bit)
    }

    pub fn u16(&self, at: usize) -> u16 {
        self.0.get_data_field(at)
    }

    pub fn u64(&self, at: usize) -> u64 {
        self.0.get_data_field(at)
    }

    pub fn has(&self, pointer: usize) -> bool {
        !self.0.is_pointer_field_null(pointer)
    }

    fn pointer(&self, pointer: usize) -> any_pointer::Reader<'a> {
        any_pointer::Reader::new(self.0.get_pointer_field(pointer))
    }

    pub fn text(&self, pointer: usize) -> Result<&'a str> {
        let text: capnp::text::Reader<'a> = self.pointer(pointer).get_as()?;
        Ok(text.to_str()?)
    }

    pub fn data(&self, pointer: usize) -> Result<&'a [u8]> {
        self.pointer(pointer).get_as()
    }

    pub fn fields(&self, pointer: usize) -> Result<Fields<'a>> {
        self.pointer(pointer).get_as()
    }

    pub fn list(&self, pointer: usize) -> Result<List<'a>> {
        self.pointer(pointer).get_as()
    }

    pub fn texts(&self, pointer: usize) -> Result<text_list::Reader<'a>> {
        self.pointer(pointer).get_as()
    }

    pub fn cap(&self, pointer: usize) -> Result<Cap> {
        self.0.get_pointer_field(pointer).get_capability()
    }
}

impl<const DATA: u16, const POINTERS: u16> HasStructSize for New<'_, DATA, POINTERS> {
    const STRUCT_SIZE: StructSize = StructSize {
        data: DATA,
        pointers: POINTERS,
    };
}

impl<'a, const DATA: u16, const POINTERS: u16> From<StructBuilder<'a>> for New<'a, DATA, POINTERS> {
    fn from(builder: StructBuilder<'a>) -> Self {
        Self(builder)
    }
}

impl<'a, const DATA: u16, const POINTERS: u16> FromPointerBuilder<'a> for New<'a, DATA, POINTERS> {
    fn init_pointer(builder: PointerBuilder<'a>, _: u32) -> Self {
        Self(builder.init_struct(Self::STRUCT_SIZE))
    }

    fn get_from_pointer(builder: PointerBuilder<'a>, default: Option<&'a [Word]>) -> Result<Self> {
        Ok(Self(builder.get_struct(Self::STRUCT_SIZE, default)?))
    }
}

impl<const DATA: u16, const POINTERS: u16> New<'_, DATA, POINTERS> {
    pub fn flag(&mut self, bit: usize, value: bool) {
        self.0.set_bool_field(bit, value);
    }

    pub fn u16(&mut self, at: usize, value: u16) {
        self.0.set_data_field(at, value);
    }

    pub fn u64(&mut self, at: usize, value: u64) {
        self.0.set_data_field(at, value);
    }

    fn pointer(&mut self, pointer: usize) -> any_pointer::Builder<'_> {
        any_pointer::Builder::new(self.0.reborrow().get_pointer_field(pointer))
    }

    pub fn text(&mut self, pointer: usize, value: &str) {
        self.0
            .reborrow()
            .get_pointer_field(pointer)
            .set_text(value.into());
    }

    pub fn data(&mut self, pointer: usize, value: &[u8]) {
        self.0.reborrow().get_pointer_field(pointer).set_data(value);
    }

    pub fn cap(&mut self, pointer: usize, value: Cap) {
        self.pointer(pointer).set_as_capability(value);
    }

    pub fn fields<const D: u16, const P: u16>(&mut self, pointer: usize) -> New<'_, D, P> {
        self.pointer(pointer).init_as()
    }

    pub fn list<const D: u16, const P: u16>(
        &mut self,
        pointer: usize,
        length: u32,
    ) -> struct_list::Builder<'_, Shape<D, P>> {
        self.pointer(pointer).initn_as(length)
    }

    pub fn texts(&mut self, pointer: usize, length: u32) -> text_list::Builder<'_> {
        self.pointer(pointer).initn_as(length)
    }
}

/// A method: the id of its interface and its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Method(pub u64, pub u16);

/// A call that is not sent yet.
pub struct Outgoing(Request<any_pointer::Owned, any_pointer::Owned>);

/// A call that was sent.
pub type Sent = RemotePromise<any_pointer::Owned>;

/// What a call has come to.
pub type Response = capnp::capability::Response<any_pointer::Owned>;

impl Outgoing {
    pub fn new(cap: &dyn ClientHook, method: Method) -> Self {
        Self(cap.new_call(method.0, method.1, None))
    }

    /// Its parameters, all at their defaults.
    pub fn params<const D: u16, const P: u16>(&mut self) -> New<'_, D, P> {
        self.0.get().init_as()
    }

    pub fn send(self) -> Sent {
        self.0.send()
    }
}

/// What a field of the results of a call will be.
pub fn pipelined(sent: &Sent, pointer: u16) -> Cap {
    sent.pipeline.get_pointer_field(pointer).as_cap()
}

/// A call that came in.
pub struct Incoming {
    pub method: Method,
    params: Params<any_pointer::Owned>,
    results: Results<any_pointer::Owned>,
}

impl Incoming {
    pub fn params(&self) -> Result<Fields<'_>> {
        self.params.hook.get()?.get_as()
    }

    /// Lets the caller use its results before the call has ended.
    pub fn set_pipeline(&mut self) -> Result<()> {
        self.results.hook.set_pipeline()
    }

    /// Its results, all at their defaults.
    pub fn results<const D: u16, const P: u16>(&mut self) -> Result<New<'_, D, P>> {
        Ok(self.results.hook.get()?.init_as())
    }
}

/// What answers a call.
pub struct Answer {
    pub work: LocalBoxFuture<'static, Result<()>>,
    /// Later calls wait for it, and fail as it does.
    pub is_streaming: bool,
}

impl Answer {
    pub fn now(result: Result<()>) -> Self {
        Self::later(async move { result })
    }

    pub fn later(work: impl Future<Output = Result<()>> + 'static) -> Self {
        Self {
            work: Box::pin(work),
            is_streaming: false,
        }
    }

    pub fn streaming(work: impl Future<Output = Result<()>> + 'static) -> Self {
        Self {
            work: Box::pin(work),
            is_streaming: true,
        }
    }

    /// There is no such method.
    pub fn unknown(method: Method) -> Self {
        Self::now(Err(Error::unimplemented(format!(
            "Method not implemented. interface = {:#x}; method = {}",
            method.0, method.1
        ))))
    }
}

/// An object that others call.
pub trait Serve: 'static {
    fn call(self: Rc<Self>, call: Incoming) -> Answer;
}

/// The way to call an object of this side.
pub fn export(object: Rc<impl Serve>) -> Cap {
    capnp_rpc::new_client_from_rc::<Client, _>(object).0
}

struct Client(Cap);

impl FromClientHook for Client {
    fn new(hook: Cap) -> Self {
        Self(hook)
    }

    fn into_client_hook(self) -> Cap {
        self.0
    }

    fn as_client_hook(&self) -> &dyn ClientHook {
        &*self.0
    }
}

impl<S: Serve> FromServer<S> for Client {
    type Dispatch = Dispatch<S>;

    fn from_server(object: Rc<S>) -> Dispatch<S> {
        Dispatch(object)
    }
}

struct Dispatch<S>(Rc<S>);

impl<S> Clone for Dispatch<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<S> Deref for Dispatch<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.0
    }
}

impl<S: Serve> Server for Dispatch<S> {
    fn dispatch_call(
        self,
        interface: u64,
        method: u16,
        params: Params<any_pointer::Owned>,
        results: Results<any_pointer::Owned>,
    ) -> DispatchCallResult {
        let answer = self.0.call(Incoming {
            method: Method(interface, method),
            params,
            results,
        });
        DispatchCallResult::new(Promise::from_future(answer.work), answer.is_streaming)
    }

    fn as_ptr(&self) -> usize {
        Rc::as_ptr(&self.0).cast::<()>() as usize
    }
}
