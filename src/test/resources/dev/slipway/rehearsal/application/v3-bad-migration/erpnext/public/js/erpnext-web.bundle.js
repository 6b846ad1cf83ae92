window.erpnext = { version: "16.34.0" };
