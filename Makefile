# Short names for scripts/, which is where things happen.

.PHONY: help build plan rehearse test lint format clean

help:
	@echo 'make build      the program, as target/slipway.jar'
	@echo 'make plan       what the staging stack would be, without an account'
	@echo 'make rehearse   the staging stack on an emulated cloud and a real host'
	@echo 'make test       every check, the rehearsal too'
	@echo 'make lint       the shell scripts'
	@echo 'make format     formats Java and shell scripts'
	@echo 'make clean      takes build output away; tools stay in .slipway'

build:
	@./slipway build

plan:
	@./slipway plan staging

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
