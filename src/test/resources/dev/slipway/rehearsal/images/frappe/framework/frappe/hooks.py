app_name = "frappe"
app_title = "Framework"
web_include_css = ["website.bundle.css"]
web_include_js = ["website.bundle.js"]
