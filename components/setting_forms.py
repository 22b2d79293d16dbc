"""The forms that values of settings have, as regular expressions and ranges, and how they are described."""

DOMAIN = r"localhost|([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])"
ADDRESS = rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@({DOMAIN})"
PORT = r"[1-9]\d{0,4}"
ORIGIN = rf"https://({DOMAIN})(:(?!443$){PORT})?|http://(localhost|127\.0\.0\.1)(:(?!80$){PORT})?"
AN_ORIGIN = "an origin: https, a host in small letters, a port if it is another than 443, no path; http for localhost"
CALLBACK = (
    r"https://[^\s#]+|http://localhost(:\d+)?(/[^\s#]*)?|(?!https?:|javascript:|data:|file:)[a-z][a-z0-9+.-]*:/[^\s#]+"
)
A_CALLBACK = "a callback: https, an app's own scheme, or http for localhost, and no fragment"
"""The allowed form of callback URLs. Source: Cognito API Reference, CreateUserPoolClient, `CallbackURLs`."""
A_DOMAIN_PREFIX = "1 to 63 small letters, digits and hyphens, without aws, amazon or cognito in it"
SAFE_URL = rf"https://[^\s@]+|http://127\.0\.0\.1(:{PORT})?(/[^\s@]*)?"
REGION = r"[a-z]{2}(-[a-z]+)+-\d"
VERBS = "GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS"
ISSUER_EXAMPLE = "https://issuer.example.com AUDIENCE"
FUNCTION = r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]{1,64}(:[A-Za-z0-9_-]{1,128})?"
BOUNDARY = r"arn:aws[a-z-]*:iam::\d{12}:policy/[A-Za-z0-9+=,.@_/-]{1,512}"
BOUNDARY_EXAMPLE = "arn:aws:iam::123456789012:policy/deploy-sallyport-prod-boundary"
A_FUNCTION = "the ARN of a Lambda function, or of its version or alias"
FUNCTION_EXAMPLE = "arn:aws:lambda:us-east-1:123456789012:function:old-users"
PLATFORM = r"host|aarch64-manylinux_2_(1[7-9]|2\d|3[0-4])"
A_PLATFORM = "host, or a platform of uv's for arm64 and the glibc 2.34 of Lambda, or older"
ZONE = r"Z[A-Z0-9]{1,31}"
LOG_RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip
"""The allowed retention of logs, in days. Source: CloudWatch Logs API Reference, PutRetentionPolicy."""
MOST_REVOCATION_SECONDS = 300
MOST_GRACE_DAYS = 30
PROFILE_CLAIM = r"name|locale|picture|attributes\.[A-Za-z_][A-Za-z0-9_]{0,31}"
PROFILE_EXAMPLE = "{type: object, additionalProperties: false, properties: {plan: {enum: [free, paid]}}}"
MOST_DAYS = dict.fromkeys(("days", "idleDays", "daysWithMfa", "idleDaysWithMfa"), 400)
MOST = {"wrongPasswordsInARow": 100}
"""The largest value of a limit. Source: NIST SP 800-63B-4 §3.2.2."""
COUNTRIES = (
    "AC|AD|AE|AF|AG|AI|AL|AM|AO|AR|AS|AT|AU|AW|AX|AZ|BA|BB|BD|BE|BF|BG|BH|BI|BJ|BL|BM|BN|BO|BQ|BR|BS|BT|BW|BY|BZ|CA|CC"
    "|CD|CF|CG|CH|CI|CK|CL|CM|CN|CO|CR|CU|CV|CW|CX|CY|CZ|DE|DJ|DK|DM|DO|DZ|EC|EE|EG|EH|ER|ES|ET|FI|FJ|FK|FM|FO|FR|GA|GB"
    "|GD|GE|GF|GG|GH|GI|GL|GM|GN|GP|GQ|GR|GT|GU|GW|GY|HK|HN|HR|HT|HU|ID|IE|IL|IM|IN|IO|IQ|IR|IS|IT|JE|JM|JO|JP|KE|KG|KH"
    "|KI|KM|KN|KP|KR|KW|KY|KZ|LA|LB|LC|LI|LK|LR|LS|LT|LU|LV|LY|MA|MC|MD|ME|MF|MG|MH|MK|ML|MM|MN|MO|MP|MQ|MR|MS|MT|MU|MV"
    "|MW|MX|MY|MZ|NA|NC|NE|NF|NG|NI|NL|NO|NP|NR|NU|NZ|OM|PA|PE|PF|PG|PH|PK|PL|PM|PR|PS|PT|PW|PY|QA|RE|RO|RS|RU|RW|SA|SB"
    "|SC|SD|SE|SG|SH|SI|SJ|SK|SL|SM|SN|SO|SR|SS|ST|SV|SX|SY|SZ|TA|TC|TD|TG|TH|TJ|TK|TL|TM|TN|TO|TR|TT|TV|TW|TZ|UA|UG|US"
    "|UY|UZ|VA|VC|VE|VG|VI|VN|VU|WF|WS|XK|YE|YT|ZA|ZM|ZW"
)
"""The countries whose phones libphonenumber knows."""
