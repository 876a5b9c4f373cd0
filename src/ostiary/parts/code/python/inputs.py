"""Which names of web frameworks give data of a request, and which calls hand it on or make it harmless."""

from __future__ import annotations

import re
from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Members of a request that whoever calls decides, in any framework.
_MEMBERS: Final = _words(
    "args form json data values files cookies headers view_args query_string get_json get_data referrer referer user_agent "
    "GET POST body FILES COOKIES META query_params path_params DATA QUERY_PARAMS "
    "query match_info rel_url post text read multipart content arguments body_arguments query_arguments "
    "params forms media get_param get_param_as_list get_media bounded_stream raw_body json_body matchdict stream raw_args query_args "
    "get_argument get_arguments get_query_argument"
)
_PROXIES: Final = (  # requests that are imported, not handed over
    "flask.request",
    "flask.globals.request",
    "quart.request",
    "bottle.request",
    "sanic.request",
    "cherrypy.request",
    "web.input",
    "starlette.requests.request",
)
_HANDED: Final = _words("request req self.request self.req info.context.request http_request")
_TYPES: Final = re.compile(
    r"(?:fastapi|starlette|django|rest_framework|aiohttp|sanic|litestar|falcon|flask|werkzeug|pyramid|quart)[\w.]*\.(?:Http|HTTP)?(?:ASGI|WSGI)?[Rr]equest\(\)"
)
_TORNADO: Final = re.compile(r"self\.get_(?:body_|query_)?(?:argument|arguments|cookie)")


def source_of(name: str, path: str) -> str:
    """The part of the request that a dotted name stands for (``flask.request.args``), or nothing.

    :param name: with imports resolved.
    :param path: also with the types of its variables resolved.
    """
    base, _, member = name.rpartition(".")
    if member in _MEMBERS and (base in _HANDED or base in _PROXIES):
        return name
    if member in _MEMBERS and _TYPES.fullmatch(path.rpartition(".")[0]):
        return name
    return name if name == "web.input" or (base == "self" and _TORNADO.fullmatch(name)) else ""


# Calls whose result is what they are given, in another form.
_HANDING_ON: Final = _words(
    "str bytes bytearray unicode repr ascii format list tuple set frozenset dict sorted reversed iter next enumerate zip map filter "
    "max min sum getattr vars memoryview "
    "json.loads json.load json.dumps ujson.loads orjson.loads simplejson.loads yaml.safe_load yaml.load "
    "urllib.parse.unquote urllib.parse.unquote_plus urllib.unquote urllib.unquote_plus urllib.parse.parse_qs urllib.parse.parse_qsl "
    "urllib.parse.urlparse urllib.parse.urlsplit urllib.parse.urljoin urlparse.urlparse urlparse.urljoin "
    "base64.b64decode base64.urlsafe_b64decode base64.decodebytes base64.standard_b64decode base64.b64encode binascii.unhexlify "
    "os.path.join os.path.normpath os.path.abspath os.path.realpath os.path.expanduser os.fspath "
    "pathlib.Path pathlib.PurePath io.BytesIO io.StringIO StringIO.StringIO "
    "copy.copy copy.deepcopy typing.cast textwrap.dedent string.Template collections.OrderedDict collections.defaultdict "
    "django.utils.encoding.force_str django.utils.encoding.force_text django.utils.encoding.smart_str "
    "asyncio.wait_for zlib.decompress gzip.decompress codecs.decode "
    "sqlalchemy.text sqlalchemy.sql.text sqlalchemy.literal_column django.db.models.expressions.RawSQL "
    "markupsafe.Markup flask.Markup django.utils.safestring.mark_safe"
)
# Methods that answer about what they are called on, and tell nothing of it that could do harm.
_ASKING: Final = _words(
    "isdigit isalnum isalpha isnumeric isdecimal isidentifier isspace startswith endswith count index find __len__ "
    "is_valid is_authenticated exists keys __contains__ hexdigest digest bit_length getlength"
)


def hands_on(name: str) -> bool:
    """Whether a function's result is what it was given, in another form."""
    return name in _HANDING_ON


def asks_only(method: str) -> bool:
    """Whether a method's result says nothing that could do harm of what it is called on."""
    return method in _ASKING


# Types of which a value can do no harm as text.
_HARMLESS: Final = _words(
    "int float bool complex Decimal decimal.Decimal UUID uuid.UUID UUID1 UUID3 UUID4 UUID5 date datetime time timedelta datetime.date "
    "datetime.datetime datetime.time datetime.timedelta pydantic.UUID4 pydantic.UUID1 PositiveInt pydantic.PositiveInt NonNegativeInt "
    "pydantic.NonNegativeInt conint pydantic.conint confloat NegativeInt PositiveFloat IPvAnyAddress pydantic.IPvAnyAddress StrictInt "
    "StrictBool pydantic.StrictInt pydantic.StrictBool ipaddress.IPv4Address ipaddress.IPv6Address EmailStr pydantic.EmailStr "
    "bson.ObjectId bson.objectid.ObjectId ObjectId PydanticObjectId None NoneType"
)


def is_harmless(type_name: str) -> bool:
    """Whether values of a type can do no harm as text: numbers, UUIDs, dates."""
    return type_name in _HARMLESS
