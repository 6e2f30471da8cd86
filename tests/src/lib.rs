//! Tests of async-mech by topic; see the files beside this one.
