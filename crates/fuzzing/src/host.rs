//! A host as small as can be: every function of the table, `include` and `tpl`, and a world in which
//! nothing is expensive.

use std::sync::{Arc, LazyLock};

use funcs::table::{self, Host};
use funcs::{FixedWorld, World, WorldError};
use gotmpl::{Args, Call, CallError, Func, Funcs, Signature, TemplateSet, Type, Unit, Value};
use jiff::Timestamp;

/// The functions that charts know.
pub(crate) static FUNCS: LazyLock<Arc<Funcs>> = LazyLock::new(|| {
    const TWO: Signature = Signature::new(&[Type::String, Type::Any], Type::String);
    let mut funcs = Funcs::new();
    funcs.extend(table::funcs::<Chart>());
    funcs.add(Func::new("include", TWO, include));
    funcs.add(Func::new("tpl", TWO, tpl));
    Arc::new(funcs)
});

/// What an execution is given along.
pub(crate) struct Chart(Cheap);

impl Chart {
    pub(crate) const fn new() -> Self {
        Self(Cheap::new())
    }
}

impl Host for Chart {
    fn world(&self) -> &dyn World {
        &self.0
    }
}

/// A world that stands still and makes no passwords.
pub(crate) struct Cheap {
    fixed: FixedWorld,
}

impl Cheap {
    pub(crate) const fn new() -> Self {
        Self { fixed: FixedWorld::new() }
    }
}

impl World for Cheap {
    fn now(&self) -> Timestamp {
        self.fixed.now()
    }

    fn random(&self, bytes: &mut [u8]) {
        self.fixed.random(bytes);
    }

    fn toil(&self) -> Result<(), WorldError> {
        // A password takes longer than a hundred other inputs.
        Err(WorldError("enough".to_owned()))
    }

    fn lookup(
        &self,
        api_version: &str,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Result<value::Value, WorldError> {
        self.fixed.lookup(api_version, kind, namespace, name)
    }

    fn resolve(&self, host: &str) -> Result<String, WorldError> {
        self.fixed.resolve(host)
    }
}

fn include(call: &mut Call<'_, '_>, args: &Args<'_>) -> Result<Value, CallError> {
    Ok(call.execute(args.text(0)?, args.at(1).clone())?)
}

fn tpl(call: &mut Call<'_, '_>, args: &Args<'_>) -> Result<Value, CallError> {
    let unit = Unit::parse(&FUNCS, "tpl", args.bytes(0));
    let unit = unit.map_err(|error| CallError::Within("cannot parse".to_owned(), error))?;
    let mut set = TemplateSet::layered("tpl", call.templates());
    set.add(&unit);
    let printed = call.execute_in(Arc::new(set), "tpl", args.at(1).clone());
    printed.map_err(|error| CallError::Within("cannot execute".to_owned(), error))
}
