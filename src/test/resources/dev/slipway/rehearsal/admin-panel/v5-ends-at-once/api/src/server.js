console.error('this version cannot even start');
process.exit(1);
