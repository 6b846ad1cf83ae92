app_name = "erpnext"
app_title = "ERPNext"
web_include_css = ["erpnext-web.bundle.css"]
web_include_js = ["erpnext-web.bundle.js"]
