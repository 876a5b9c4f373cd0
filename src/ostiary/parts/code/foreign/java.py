"""Java: which syntax is which form."""

from __future__ import annotations

import re
from typing import Final

from ostiary.evidence.code import Language
from ostiary.parts.code.foreign.forms import (
    Acting,
    Argument,
    Binding,
    Calling,
    Constant,
    Either,
    Form,
    Giving,
    Grammar,
    Importing,
    Index,
    Items,
    Member,
    Name,
    Parameter,
    Same,
    Several,
    Sum,
    Target,
    Typing,
    Within,
    every,
    first,
    nodes,
    parts,
    words,
)
from ostiary.parts.code.foreign.literals import number, spine, unescaped
from ostiary.parts.code.foreign.parsing import Node

# Classes that come by `import x.*`; what is not listed keeps its simple name.
_PACKAGES: Final = {
    "java.sql": "Connection Statement PreparedStatement CallableStatement DriverManager ResultSet",
    "javax.sql": "DataSource",
    "java.util": "List Map Set HashMap ArrayList Random UUID Base64 Scanner Properties Optional Date Collections Arrays",
    "java.io": "File InputStream ObjectInputStream FileInputStream BufferedReader InputStreamReader StringReader ByteArrayInputStream",
    "java.security": "MessageDigest SecureRandom KeyPairGenerator KeyStore Signature Key",
    "javax.crypto": "Cipher SecretKey KeyGenerator Mac SecretKeyFactory",
    "javax.crypto.spec": "SecretKeySpec IvParameterSpec PBEKeySpec GCMParameterSpec",
    "javax.xml.parsers": "DocumentBuilderFactory DocumentBuilder SAXParserFactory SAXParser",
    "javax.xml.stream": "XMLInputFactory XMLStreamReader",
    "javax.xml.transform": "TransformerFactory Transformer",
    "javax.servlet.http": "HttpServletRequest HttpServletResponse Cookie HttpSession",
    "jakarta.servlet.http": "HttpServletRequest HttpServletResponse Cookie HttpSession",
    "io.jsonwebtoken": "Jwts Claims SignatureAlgorithm JwtParser JwtBuilder Jws",
    "com.auth0.jwt": "JWT JWTVerifier",
    "javax.persistence": "EntityManager Query Entity Id GeneratedValue",
    "jakarta.persistence": "EntityManager Query Entity Id GeneratedValue",
    "javax.net.ssl": "SSLContext TrustManager X509TrustManager HttpsURLConnection HostnameVerifier",
    "java.net": "URL URI HttpURLConnection URLConnection URLEncoder URLDecoder",
    "java.net.http": "HttpClient HttpRequest HttpResponse",
    "java.nio.file": "Files Path Paths",
    "java.util.regex": "Pattern Matcher",
    "java.util.concurrent": "ThreadLocalRandom TimeUnit",
    "org.springframework.http": "HttpStatus HttpHeaders HttpEntity MediaType ResponseCookie ResponseEntity",
    "org.springframework.web.client": "RestTemplate RestClient",
    "org.springframework.jdbc.core": "JdbcTemplate RowMapper",
    "org.springframework.security.crypto.bcrypt": "BCrypt BCryptPasswordEncoder",
    "org.springframework.security.crypto.password": "NoOpPasswordEncoder PasswordEncoder Pbkdf2PasswordEncoder",
    "org.xml.sax": "InputSource XMLReader",
    "org.dom4j.io": "SAXReader",
    "org.jdom2.input": "SAXBuilder",
}


def imported(full: str, *, everything: bool) -> list[tuple[str, str]]:
    """The names that an import makes known."""
    if everything:
        return [("", full), *((each, f"{full}.{each}") for each in _PACKAGES.get(full, "").split())]
    return [(full.rpartition(".")[2], full)]


def plain(name: str) -> str:
    """A type without its arguments and marks; of an array nothing is said, as its elements are no such thing as it."""
    if name.rstrip().endswith(("[]", "...")):
        return ""
    return re.sub(r"<.*|\[.*|\.\.\.|\?|@\w+\s", "", name, flags=re.DOTALL).strip()


def _import(node: Node) -> Form | None:
    path = first(node, "scoped_identifier", "identifier")
    return (
        Importing(imported(words(path), everything=first(node, "asterisk") is not None)) if path is not None else None
    )


def _string(node: Node) -> Form:
    text = node.text()
    if text.startswith('"""'):
        return Constant(unescaped(text[3:-3]))
    return Constant(unescaped(text[1:-1]))


def _arguments(node: Node | None) -> list[Argument]:
    return [Argument(each) for each in parts(node)] if node is not None else []


def _call(node: Node) -> Form:
    name = words(node.field("name"))
    return Calling(node.field("object"), name, _arguments(node.field("arguments")))


def _new(node: Node) -> Form:
    body = first(node, "class_body")
    made = Calling(None, plain(words(node.field("type"))), _arguments(node.field("arguments")), made=True)
    made.inside = nodes(body)
    return made


def _marks(node: Node) -> list[Node]:
    held = first(node, "modifiers")
    return every(held, "annotation", "marker_annotation") if held is not None else []


def _annotation(node: Node) -> Form:
    given: list[Argument] = []
    held = node.field("arguments")
    for part in parts(held) if held is not None else []:
        key, value = part.field("key"), part.field("value")
        if part.kind() == "element_value_pair" and value is not None:
            given.append(Argument(value, words(key)))
        else:
            given.append(Argument(part))
    return Calling(None, words(node.field("name")), given, made=True)


def _parameters(node: Node | None) -> list[Parameter]:
    found: list[Parameter] = []
    if node is None:
        return found
    if node.kind() == "identifier":
        return [Parameter(node.text())]
    for part in parts(node):
        if part.kind() == "identifier":
            found.append(Parameter(part.text()))
            continue
        typed = plain(words(part.field("type")))
        name = words(part.field("name"))
        if part.kind() == "spread_parameter":
            held = first(part, "variable_declarator")
            name = words(held)
        if name:
            found.append(Parameter(name, typed, annotations=_marks(part)))
    return found


def _method(node: Node) -> Form:
    return Acting(
        words(node.field("name")), _parameters(node.field("parameters")), nodes(node.field("body")), _marks(node)
    )


def _class(node: Node) -> Form:
    bases = [node.field("superclass"), node.field("interfaces"), first(node, "extends_interfaces")]
    names: list[str] = []
    for base in nodes(*bases):
        held = first(base, "type_list", "interface_type_list")
        names += [plain(each.text()) for each in parts(held or base)]
    body = node.field("body")
    record = _parameters(node.field("parameters"))
    return Typing(words(node.field("name")), names, parts(body) if body is not None else [], _marks(node), record)


def _declared(node: Node) -> Form:
    typed = plain(words(node.field("type")))
    marks = _marks(node)
    made: list[Form] = [
        Binding([Target(words(each.field("name")), typed=typed)], each.field("value"), True, annotations=marks)
        for each in every(node, "variable_declarator")
    ]
    return Several(made)


def _resource(node: Node) -> Form | None:
    name = node.field("name")
    if name is None:
        return None
    return Binding([Target(name.text(), typed=plain(words(node.field("type"))))], node.field("value"), declares=True)


def _assigned(node: Node) -> Form | None:
    left = node.field("left")
    if left is None:
        return None
    target = Target(left.text()) if left.kind() == "identifier" else Target(node=left)
    return Binding([target], node.field("right"), adds=words(node.field("operator")) == "+=")


def _binary(node: Node) -> Form | None:
    return Sum(spine(node, "binary_expression", "+")) if words(node.field("operator")) == "+" else None


def _field(node: Node) -> Form | None:
    of, name = node.field("object"), node.field("field")
    return Member(of, words(name)) if of is not None else None


def _index(node: Node) -> Form | None:
    of = node.field("array")
    return Index(of, node.field("index")) if of is not None else None


def _ternary(node: Node) -> Form:
    return Either(nodes(node.field("consequence"), node.field("alternative")), nodes(node.field("condition")))


def _cast(node: Node) -> Form | None:
    value = node.field("value")
    return Same(value, plain(words(node.field("type")))) if value is not None else None


def _each(node: Node) -> Form:
    name, typed = words(node.field("name")), plain(words(node.field("type")))
    return Within(nodes(node.field("body")), [(name, typed, node.field("value"))])


def _catch(node: Node) -> Form:
    held = first(node, "catch_formal_parameter")
    names: list[tuple[str, str, Node | None]] = []
    if held is not None:
        names.append((words(held.field("name")), words(first(held, "catch_type")), None))
    return Within(nodes(node.field("body")), names)


def _one(node: Node) -> Form | None:
    inside = parts(node)
    return Same(inside[0]) if len(inside) == 1 else None


def _constant(node: Node) -> Form:
    name, given = words(node.field("name")), node.field("arguments")
    return Calling(None, name, _arguments(given), made=True, inside=nodes(node.field("body")))


_NAMES: Final = ("identifier", "this", "super", "type_identifier", "scoped_identifier")
_NUMBERS: Final = (
    *("decimal_integer_literal", "hex_integer_literal", "octal_integer_literal", "binary_integer_literal"),
    *("decimal_floating_point_literal", "hex_floating_point_literal"),
)
_CLASSES: Final = (
    "class_declaration",
    "interface_declaration",
    "enum_declaration",
    "record_declaration",
    "annotation_type_declaration",
)
_BLOCKS: Final = (
    "if_statement",
    "while_statement",
    "do_statement",
    "for_statement",
    "switch_block_statement_group",
    "switch_rule",
)

GRAMMAR: Final = Grammar(
    language=Language.JAVA,
    assigning=("assignment_expression", "update_expression"),
    bare_fields=True,
    forms={
        **dict.fromkeys(_NAMES, lambda node: Name(node.text())),
        **dict.fromkeys(_NUMBERS, lambda node: Constant(number(node.text()))),
        **dict.fromkeys(_CLASSES, _class),
        **dict.fromkeys(_BLOCKS, lambda node: Within(parts(node))),
        **dict.fromkeys(("method_declaration", "constructor_declaration", "compact_constructor_declaration"), _method),
        **dict.fromkeys(("field_declaration", "local_variable_declaration", "constant_declaration"), _declared),
        **dict.fromkeys(("annotation", "marker_annotation"), _annotation),
        **dict.fromkeys(("array_initializer", "element_value_array_initializer"), lambda node: Items(parts(node))),
        "parenthesized_expression": _one,
        "import_declaration": _import,
        "string_literal": _string,
        "character_literal": lambda node: Constant(unescaped(node.text()[1:-1])),
        "true": lambda _: Constant(True),
        "false": lambda _: Constant(False),
        "null_literal": lambda _: Constant(None),
        "method_invocation": _call,
        "object_creation_expression": _new,
        "array_creation_expression": lambda node: Same(value) if (value := node.field("value")) is not None else None,
        "field_access": _field,
        "array_access": _index,
        "binary_expression": _binary,
        "ternary_expression": _ternary,
        "cast_expression": _cast,
        "assignment_expression": _assigned,
        "lambda_expression": lambda node: Acting("", _parameters(node.field("parameters")), nodes(node.field("body"))),
        "resource": _resource,
        "enhanced_for_statement": _each,
        "catch_clause": _catch,
        "enum_constant": _constant,
        "return_statement": lambda node: Giving(parts(node)),
        "package_declaration": lambda _: Several([]),
    },
)
