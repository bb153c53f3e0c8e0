//! Changes to a plan's text that keep comments: a splice, re-parsed and compared before it is accepted.
