#!/usr/bin/env node
require('./start.cjs')('src/main');
