//! A host: the functions that the cases call, and objects of every sort.

use std::any::Any;
use std::sync::Arc;

use gotmpl::{
    Args, Cache, Call, CallError, Func, Funcs, Iteration, List, Map, Named, Object, Signature,
    TemplateSet, Type, Value, quote,
};

/// What the functions share.
pub(crate) struct Host {
    pub(crate) cache: Cache,
}

type Answer = Result<Value, CallError>;

fn func(
    name: &'static str,
    params: &'static [Type],
    result: Type,
    code: fn(&Args<'_>) -> Answer,
) -> Func {
    Func::new(name, Signature::new(params, result), move |_, args| code(args))
}

fn variadic(
    name: &'static str,
    params: &'static [Type],
    rest: Type,
    result: Type,
    code: fn(&Args<'_>) -> Answer,
) -> Func {
    Func::new(name, Signature::variadic(params, rest, result), move |_, args| code(args))
}

static MAP_OF_STRINGS: Type = Type::Map(&Type::String);
static MAP_OF_INTS: Type = Type::Map(&Type::Int);
static VALS: Named = Named { name: "main.Vals", under: Type::MAP };

/// Returns the functions of the language and those of the cases.
pub(crate) fn funcs() -> Funcs {
    let mut funcs = Funcs::new();
    funcs.extend(basics());
    funcs.extend(typed());
    funcs.extend(objects());
    funcs.add(Func::new(
        "include",
        Signature::new(&[Type::String, Type::Any], Type::String),
        include,
    ));
    funcs.add(Func::new("tpl", Signature::new(&[Type::String, Type::Any], Type::String), tpl));
    funcs
}

fn include(call: &mut Call<'_, '_>, args: &Args<'_>) -> Answer {
    Ok(call.execute(args.text(0)?, args.at(1).clone())?)
}

fn tpl(call: &mut Call<'_, '_>, args: &Args<'_>) -> Answer {
    let text = args.text(0)?;
    let host: &Host = call.host().ok_or("there is no host")?;
    let unit = host.cache.parse("gotpl", text.as_bytes());
    let unit = unit.map_err(|error| {
        CallError::Within(format!("cannot parse template {}", quote(text.as_bytes())), error)
    })?;
    let mut set = TemplateSet::layered("gotpl", call.templates());
    set.add(&unit);
    call.execute_in(Arc::new(set), "gotpl", args.at(1).clone()).map_err(|error| {
        CallError::Within(
            format!("error during tpl function execution for {}", quote(text.as_bytes())),
            error,
        )
    })
}

fn basics() -> Vec<Func> {
    vec![
        func("upper", &[Type::String], Type::String, |a| {
            Ok(Value::from(a.text(0)?.to_uppercase()))
        }),
        func("add", &[Type::Int, Type::Int], Type::Int, |a| Ok(Value::Int(a.int(0) + a.int(1)))),
        variadic("sum", &[], Type::Int, Type::Int, |a| {
            Ok(Value::Int(a.iter().filter_map(Value::as_int).sum()))
        }),
        variadic("join", &[Type::String], Type::String, Type::String, |a| {
            let parts: Vec<&str> = a.iter().skip(1).filter_map(Value::as_str).collect();
            Ok(Value::from(parts.join(a.text(0)?)))
        }),
        variadic("list", &[], Type::Any, Type::LIST, |a| Ok(Value::from(a.to_vec()))),
        variadic("dict", &[], Type::Any, Type::MAP, |a| {
            let keys = a.iter().step_by(2).map(|key| {
                let plain = key.to_plain().unwrap_or_default();
                plain.as_str().map_or_else(|| plain.to_string(), str::to_owned)
            });
            let values = a.iter().skip(1).step_by(2).cloned();
            Ok(Value::Map(keys.zip(values).collect()))
        }),
        func("set", &[Type::MAP, Type::String, Type::Any], Type::MAP, |a| {
            let map = a.at(0).as_map().ok_or("assignment to entry in nil map")?;
            map.set(a.text(1)?, a.at(2).clone());
            Ok(a.at(0).clone())
        }),
        func("fail", &[Type::String], Type::String, |a| Err(CallError::from(a.text(0)?))),
        func("anynil", &[], Type::Any, |_| Ok(Value::Nil)),
        func("anystr", &[], Type::Any, |_| Ok(Value::from("any"))),
        func("ident", &[Type::Any], Type::Any, |a| Ok(a.at(0).clone())),
    ]
}

fn typed() -> Vec<Func> {
    let first = |name, params, result| func(name, params, result, |a| Ok(a.at(0).clone()));
    let length = |name, params| {
        func(name, params, Type::Int, |a| {
            let len = a.at(0).as_list().map(List::len).or(a.at(0).as_map().map(Map::len));
            Ok(Value::Int(i64::try_from(len.unwrap_or_default()).expect("small")))
        })
    };
    vec![
        variadic("strs", &[], Type::String, Type::STRINGS, |a| {
            Ok(Value::List(List::typed(Type::STRINGS, a.to_vec())))
        }),
        variadic("ints", &[], Type::Int, Type::List(&Type::Int), |a| {
            Ok(Value::List(List::typed(Type::List(&Type::Int), a.to_vec())))
        }),
        func("smap", &[Type::String, Type::String], MAP_OF_STRINGS, |a| {
            Ok(Value::Map(Map::typed(MAP_OF_STRINGS, [(Arc::from(a.text(0)?), a.at(1).clone())])))
        }),
        func("imap", &[Type::String, Type::Int], MAP_OF_INTS, |a| {
            Ok(Value::Map(Map::typed(MAP_OF_INTS, [(Arc::from(a.text(0)?), a.at(1).clone())])))
        }),
        func("bytes", &[Type::String], Type::BYTES, |a| Ok(Value::Bytes(Arc::from(a.bytes(0))))),
        first("i64", &[Type::Int64], Type::Int64),
        first("i8", &[Type::Int8], Type::Int8),
        first("u64", &[Type::Uint64], Type::Uint64),
        first("f64", &[Type::Float64], Type::Float64),
        first("f32", &[Type::Float32], Type::Float32),
        first("c128", &[Type::Complex128], Type::Complex128),
        first("bool", &[Type::Bool], Type::Bool),
        length("wantlist", &[Type::LIST]),
        length("wantmap", &[Type::MAP]),
        length("wantstrs", &[Type::STRINGS]),
        length("keys", &[Type::MAP]),
    ]
}

fn object(object: impl Object) -> Value {
    Value::Object(Arc::new(object))
}

fn objects() -> Vec<Func> {
    vec![
        func("thing", &[], Type::Named(&THING_POINTER), |_| Ok(object(Thing::new("n", 3, true)))),
        func("thingval", &[], Type::Named(&THING), |_| Ok(object(Thing::new("v", 4, false)))),
        func("nilthing", &[], Type::Named(&THING_POINTER), |_| {
            Ok(object(Thing { is_nil: true, ..Thing::new("", 0, true) }))
        }),
        func("vals", &[Type::MAP], Type::Named(&VALS), |a| {
            let entries = a.at(0).as_map().map(Map::entries).unwrap_or_default();
            Ok(Value::Map(Map::typed(Type::Named(&VALS), entries.into_owned())))
        }),
        func("files", &[], Type::Named(&FILES), |_| Ok(object(Files))),
        func("vers", &[], Type::Named(&STRS), |_| Ok(object(Versions))),
        func("dur", &[Type::Int64], Type::Named(&DUR), |a| Ok(object(Duration(a.int(0))))),
        func("month", &[], Type::Named(&MONTH), |_| Ok(object(Month))),
        func("fn", &[], Type::Func, |_| {
            let signature = Signature::variadic(&[Type::Int], Type::String, Type::String);
            Ok(Value::Func(Arc::new(Func::new("fn", signature, |_, a| {
                if a.int(0) < 0 {
                    return Err(CallError::from("negative"));
                }
                let words: Vec<&str> = a.iter().skip(1).filter_map(Value::as_str).collect();
                Ok(Value::from(format!("{} [{}]", a.int(0), words.join(" "))))
            }))))
        }),
        func("fn0", &[], Type::Func, |_| {
            let signature = Signature::new(&[], Type::String);
            Ok(Value::Func(Arc::new(Func::new("fn0", signature, |_, _| Ok(Value::from("f0"))))))
        }),
        func("seq", &[Type::Int], Type::Func, |a| Ok(object(Sequence(a.int(0), false)))),
        func("seq2", &[Type::Int], Type::Func, |a| Ok(object(Sequence(a.int(0), true)))),
    ]
}

static THING: Named = Named { name: "main.Thing", under: Type::Struct };
static THING_POINTER: Named = Named { name: "*main.Thing", under: Type::Pointer };
static INNER: Named = Named { name: "main.inner", under: Type::Struct };
static INNER_POINTER: Named = Named { name: "*main.inner", under: Type::Pointer };
static FILES: Named = Named { name: "main.Files", under: Type::Map(&Type::BYTES) };
static STRS: Named = Named { name: "main.Strs", under: Type::STRINGS };
static DUR: Named = Named { name: "main.Dur", under: Type::Int64 };
static MONTH: Named = Named { name: "time.Month", under: Type::Int };
static SEQ: Named = Named { name: "iter.Seq[int]", under: Type::Func };

/// A struct with fields and methods, or a pointer to one.
struct Thing {
    name: &'static str,
    size: i64,
    is_pointer: bool,
    is_nil: bool,
}

impl Thing {
    fn new(name: &'static str, size: i64, is_pointer: bool) -> Self {
        Self { name, size, is_pointer, is_nil: false }
    }
}

impl Object for Thing {
    fn go_type(&self) -> Type {
        Type::Named(if self.is_pointer { &THING_POINTER } else { &THING })
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn is_nil(&self) -> bool {
        self.is_nil
    }

    fn field(&self, name: &str) -> Option<Value> {
        Some(match name {
            "Name" => Value::from(self.name),
            "Size" => Value::Int(self.size),
            "In" => object(Inner { deep: if self.is_pointer { "d" } else { "" }, is_nil: false }),
            "Ptr" => object(Inner { deep: "", is_nil: true }),
            "Any" => Value::Nil,
            _ => return None,
        })
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        let field = |name| (name, self.field(name).unwrap_or_default());
        ["Name", "Size", "In", "Ptr", "Any"].map(field).to_vec()
    }

    fn method(&self, name: &str) -> Option<Signature> {
        match name {
            "Hello" => Some(Signature::new(&[Type::String], Type::String)),
            "Sum" => Some(Signature::variadic(&[], Type::Int, Type::Int)),
            "Self" if self.is_pointer => Some(Signature::new(&[], Type::Named(&THING_POINTER))),
            _ => None,
        }
    }

    fn call(&self, name: &str, _: &mut Call<'_, '_>, args: &Args<'_>) -> Answer {
        match name {
            "Hello" => Ok(Value::from(format!("hello {}", args.text(0)?))),
            "Sum" => {
                let sum: i64 = args.iter().filter_map(Value::as_int).sum();
                if sum > 100 { Err(CallError::from("too much")) } else { Ok(Value::Int(sum)) }
            }
            _ => Ok(object(Self { ..*self })),
        }
    }
}

struct Inner {
    deep: &'static str,
    is_nil: bool,
}

impl Object for Inner {
    fn go_type(&self) -> Type {
        Type::Named(if self.is_nil { &INNER_POINTER } else { &INNER })
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn is_nil(&self) -> bool {
        self.is_nil
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "Deep" => Some(Value::from(self.deep)),
            _ => None,
        }
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![("Deep", Value::from(self.deep)), ("N", object(Self { deep: "", is_nil: true }))]
    }

    fn equals(&self, _: &dyn Object) -> Option<bool> {
        Some(true)
    }
}

/// A named map with a method.
struct Files;

impl Object for Files {
    fn go_type(&self) -> Type {
        Type::Named(&FILES)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn plain(&self) -> Option<Value> {
        let file = |name: &str, text: &[u8]| (Arc::from(name), Value::Bytes(Arc::from(text)));
        Some(Value::Map(Map::typed(FILES.under, [file("a.txt", b"A"), file("b", b"bb")])))
    }

    fn method(&self, name: &str) -> Option<Signature> {
        (name == "Get").then_some(Signature::new(&[Type::String], Type::String))
    }

    fn call(&self, _: &str, _: &mut Call<'_, '_>, args: &Args<'_>) -> Answer {
        Ok(Value::from(match args.text(0)? {
            "a.txt" => "A",
            "b" => "bb",
            _ => "",
        }))
    }
}

/// A named list with a method.
struct Versions;

impl Object for Versions {
    fn go_type(&self) -> Type {
        Type::Named(&STRS)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn plain(&self) -> Option<Value> {
        let items = vec![Value::from("v1"), Value::from("apps/v1")];
        Some(Value::List(List::typed(Type::STRINGS, items)))
    }

    fn method(&self, name: &str) -> Option<Signature> {
        (name == "Has").then_some(Signature::new(&[Type::String], Type::Bool))
    }

    fn call(&self, _: &str, _: &mut Call<'_, '_>, args: &Args<'_>) -> Answer {
        Ok(Value::Bool(matches!(args.text(0)?, "v1" | "apps/v1")))
    }
}

/// A named integer that prints itself.
struct Duration(i64);

impl Object for Duration {
    fn go_type(&self) -> Type {
        Type::Named(&DUR)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn plain(&self) -> Option<Value> {
        Some(Value::Int64(self.0))
    }

    fn text(&self) -> Option<String> {
        Some(format!("{}s", self.0))
    }
}

struct Month;

impl Object for Month {
    fn go_type(&self) -> Type {
        Type::Named(&MONTH)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn plain(&self) -> Option<Value> {
        Some(Value::Int(3))
    }

    fn text(&self) -> Option<String> {
        Some("March".to_owned())
    }
}

/// An iterator function.
struct Sequence(i64, bool);

impl Object for Sequence {
    fn go_type(&self) -> Type {
        Type::Named(&SEQ)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn iterate(&self) -> Option<Iteration> {
        let numbers = 0..self.0;
        Some(if self.1 {
            Iteration::Two(Box::new(numbers.map(|i| {
                (Value::Int(i), Value::from("x".repeat(usize::try_from(i).expect("small"))))
            })))
        } else {
            Iteration::One(Box::new(numbers.map(Value::Int)))
        })
    }
}
