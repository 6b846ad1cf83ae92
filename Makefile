# Short names for scripts/, which is where things happen.

.PHONY: help init plan apply destroy build rehearse test lint format clean

help:
	@echo 'make init STACK=NAME      the state of a stack: its bucket, its key'
	@echo 'make plan [STACK=NAME]    what a stack would be, without an account; staging by default'
	@echo 'make apply STACK=NAME     brings it up, or up to date, after a preview'
	@echo 'make destroy STACK=NAME   takes it down, after a question'
	@echo 'make build                the program, as target/slipway.jar'
	@echo 'make rehearse             the staging stack on an emulated cloud and a real host'
	@echo 'make test                 every check, the rehearsal too'
	@echo 'make lint                 the shell scripts'
	@echo 'make format               formats Java and shell scripts'
	@echo 'make clean                takes build output away; tools stay in .slipway'

# What changes something changes no stack by default.
named = $(if $(STACK),$(STACK),$(error STACK is missing: make $@ STACK=NAME))

init:
	@./slipway bootstrap $(named)

plan:
	@./slipway plan $(or $(STACK),staging)

apply:
	@./slipway up $(named)

destroy:
	@./slipway destroy $(named)

build:
	@./slipway build

rehearse:
	@./slipway rehearse staging

test:
	@./slipway test

lint:
	@./slipway lint

format:
	@./slipway format

clean:
	@rm -rf target
