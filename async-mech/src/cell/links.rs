//! How a cell hangs together with others, for those who look in from elsewhere. Few cells have any
//! of it.

use std::sync::{Arc, Weak};

use super::link::Link;
use super::{Base, Task};
use crate::inherit::Inherited;
use crate::scope::children::Children;

/// See the module. Kept under the lock of the cell.
#[derive(Default)]
pub(crate) struct Links {
    /// The scope whose child it is.
    scope: Option<Arc<Children>>,
    /// There until the callee is taken.
    inherited: Inherited,
    /// What completes a promise that has no callee, if that depends on other promises. It lives as
    /// long as one of those is pending.
    link: Option<Weak<dyn Link>>,
    /// The scopes that the execution has opened and not yet joined.
    scopes: Vec<Arc<Children>>,
}

impl Links {
    /// Those that an invocation begins with, if any.
    #[inline(always)]
    pub(crate) fn of(inherited: Inherited, scope: Option<&Arc<Children>>) -> Option<Box<Links>> {
        if scope.is_none() && inherited.is_nothing() {
            return None;
        }
        Some(Links::new(inherited, scope))
    }

    #[cold]
    #[inline(never)]
    fn new(inherited: Inherited, scope: Option<&Arc<Children>>) -> Box<Links> {
        Box::new(Links { inherited, scope: scope.cloned(), ..Links::default() })
    }
}

impl<T> Base<T> {
    /// What the callee inherits, which is taken with it.
    #[inline]
    pub(super) fn take_inherited(&self) -> Inherited {
        if self.header.has_links() { self.take_some_inherited() } else { Inherited::default() }
    }

    // Out of line: deep chains of awaits keep the frame that calls it.
    #[inline(never)]
    fn take_some_inherited(&self) -> Inherited {
        let mut inherited = Inherited::default();
        self.with_links(&mut |links| {
            inherited =
                links.as_mut().map(|it| std::mem::take(&mut it.inherited)).unwrap_or_default();
        });
        inherited
    }

    /// The scope whose child it is.
    #[inline(always)]
    pub(crate) fn scope(&self) -> Option<Arc<Children>> {
        if self.header.has_links() { self.linked_scope() } else { None }
    }

    #[inline(never)]
    fn linked_scope(&self) -> Option<Arc<Children>> {
        let mut scope = None;
        self.with_links(&mut |links| scope = links.as_ref().and_then(|links| links.scope.clone()));
        scope
    }
}

impl dyn Task + '_ {
    fn links<R>(&self, look: impl FnOnce(&mut Option<Box<Links>>) -> R) -> R {
        let (mut look, mut result) = (Some(look), None);
        self.with_links(&mut |links| result = look.take().map(|look| look(links)));
        result.expect("links are looked at once")
    }

    /// What completes the promise, if it depends on others.
    pub(crate) fn depends(&self) -> Option<Arc<dyn Link>> {
        if self.header().invoked() {
            return None;
        }
        self.links(|links| links.as_ref()?.link.as_ref()?.upgrade())
    }

    /// Says what will complete the promise.
    pub(crate) fn depends_on(&self, link: Weak<dyn Link>) {
        self.links(|links| links.get_or_insert_default().link = Some(link));
    }

    /// The execution has opened a scope.
    pub(crate) fn opened(&self, scope: &Arc<Children>) {
        self.links(|links| links.get_or_insert_default().scopes.push(Arc::clone(scope)));
    }

    /// It has joined that scope.
    pub(crate) fn joined(&self, scope: &Arc<Children>) {
        self.links(|links| {
            if let Some(links) = links {
                links.scopes.retain(|open| !Arc::ptr_eq(open, scope));
            }
        });
    }

    pub(crate) fn open_scopes(&self) -> Vec<Arc<Children>> {
        self.links(|links| links.as_ref().map_or_else(Vec::new, |links| links.scopes.clone()))
    }
}
