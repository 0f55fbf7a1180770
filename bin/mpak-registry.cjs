#!/usr/bin/env node
require('./start.cjs')('mpak-registry', 'registry/main');
