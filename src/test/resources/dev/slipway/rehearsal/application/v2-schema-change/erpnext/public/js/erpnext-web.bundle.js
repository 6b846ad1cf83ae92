window.erpnext = { version: "16.33.0" };
