#!/usr/bin/env node
require('./start.cjs')('registry/main');
