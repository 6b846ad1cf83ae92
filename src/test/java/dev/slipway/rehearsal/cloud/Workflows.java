package dev.slipway.rehearsal.cloud;

/** What an account does when something happens in it. */
record Workflows(Functions functions, StateMachines machines, Events events) {}
