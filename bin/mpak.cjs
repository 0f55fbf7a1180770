#!/usr/bin/env node
require('./start.cjs')('mpak', 'src/main');
