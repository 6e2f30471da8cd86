//! Arguments and results as JSON: one codec a type, made under the span of the type that the user
//! wrote, so that rustc says there what is missing.

use std::any::Any;
use std::fmt::Display;
use std::panic::Location;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::engine::Call;
use super::owner::Owner;
use super::registry::Function;
use super::remote::{self, Remote};
use crate::cell::Name;
use crate::failure::FailureKind;
use crate::resolver;

type Json<T> = Result<T, serde_json::Error>;

#[allow(missing_debug_implementations, reason = "it is in no public signature")]
/// How values of one type are written and read.
pub struct Codec<T> {
    encode: fn(&T) -> Json<String>,
    decode: fn(&str) -> Json<T>,
    boxed: fn(&str) -> Json<Box<dyn Any + Send>>,
    child: Child,
    refused: Refused,
}

/// A promise on an engine, in a box.
pub(super) type Child =
    fn(&Arc<Owner>, &Call, &'static Function, Name, Place) -> (Box<dyn Any>, Arc<dyn Remote>);
/// A failed promise, in a box.
pub(super) type Refused = fn(Name, Place, FailureKind, &str) -> Box<dyn Any>;
type Place = &'static Location<'static>;

impl<T> Codec<T> {
    pub(super) fn encode(&self, value: &T) -> Json<String> {
        (self.encode)(value)
    }

    pub(super) fn decode(&self, json: &str) -> Json<T> {
        (self.decode)(json)
    }

    pub(super) fn child(&self) -> Child {
        self.child
    }

    pub(super) fn refused(&self) -> Refused {
        self.refused
    }

    fn encode_any(&self, value: &dyn Any) -> Json<String>
    where
        T: 'static,
    {
        self.encode(value.downcast_ref().expect("an argument of this type"))
    }

    /// The value without its type.
    pub(super) fn boxed(&self, json: &str) -> Json<Box<dyn Any + Send>> {
        (self.boxed)(json)
    }
}

/// The codec of a parameter's or result's type.
#[must_use]
pub fn codec<T: Serialize + DeserializeOwned + Send + 'static>() -> Codec<T> {
    Codec {
        encode: |value| serde_json::to_string(value),
        decode: |json| serde_json::from_str(json),
        boxed: |json| Ok(Box::new(serde_json::from_str::<T>(json)?)),
        child: |owner, call, function, name, location| {
            let (promise, remote) = remote::child::<T>(owner, call, function, name, location);
            (Box::new(promise), remote)
        },
        refused: |name, location, kind, message| {
            let (promise, resolver) = resolver::pending::<T>(name, location);
            resolver.refuse(kind, message);
            Box::new(promise)
        },
    }
}

/// A tuple of codecs: an array of values.
pub trait Codecs<A>: Send + Sync + 'static {
    /// The values, as an array.
    fn encode(&self, values: &A) -> Result<String, String>;
    /// The same, one by one.
    fn encode_each(&self, values: &[&dyn Any]) -> Result<String, String>;
    /// The values of an array.
    fn decode(&self, json: &[u8]) -> Result<A, String>;
}

fn numbered<T, E: Display>(number: usize, result: Result<T, E>) -> Result<T, String> {
    result.map_err(|error| format!("argument {number}: {error}"))
}

fn array(json: &[u8], count: usize) -> Result<Vec<&RawValue>, String> {
    let values: Vec<&RawValue> =
        serde_json::from_slice(json).map_err(|error| format!("no JSON array: {error}"))?;
    if values.len() != count {
        return Err(format!("there are {} in place of {count}", values.len()));
    }
    Ok(values)
}

macro_rules! codecs {
    ($count:literal $($t:ident $n:tt)*) => {
        impl<$($t: 'static),*> Codecs<($($t,)*)> for ($(Codec<$t>,)*) {
            fn encode(&self, _values: &($($t,)*)) -> Result<String, String> {
                self.encode_each(&[$(&_values.$n),*])
            }

            fn encode_each(&self, _values: &[&dyn Any]) -> Result<String, String> {
                let values: [String; $count] =
                    [$(numbered($n + 1, self.$n.encode_any(_values[$n]))?),*];
                Ok(format!("[{}]", values.join(",")))
            }

            fn decode(&self, json: &[u8]) -> Result<($($t,)*), String> {
                let _values = array(json, $count)?;
                Ok(($(numbered($n + 1, self.$n.decode(_values[$n].get()))?,)*))
            }
        }
    };
}
codecs!(0);
codecs!(1 A 0);
codecs!(2 A 0 B 1);
codecs!(3 A 0 B 1 C 2);
codecs!(4 A 0 B 1 C 2 D 3);
codecs!(5 A 0 B 1 C 2 D 3 E 4);
codecs!(6 A 0 B 1 C 2 D 3 E 4 F 5);
codecs!(7 A 0 B 1 C 2 D 3 E 4 F 5 G 6);
codecs!(8 A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7);
codecs!(9 A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8);
codecs!(10 A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9);
codecs!(11 A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10);
codecs!(12 A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11);
