window.erpnext = { version: "16.32.3" };
