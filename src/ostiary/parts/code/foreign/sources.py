"""Where data of a request enters, what hands it on and what takes its teeth, by language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from ostiary.evidence.code import Language

_NOTHING: Final = re.compile(r"(?!)")


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """How requests come in: by the names of expressions, of calls, of annotations and of types of parameters."""

    names: re.Pattern[str] = _NOTHING  # of a value, as written: ``req.query.id``
    rooted: bool = False  # such a name counts when it begins with a parameter
    calls: re.Pattern[str] = _NOTHING  # of a call, resolved
    annotations: frozenset[str] = frozenset()  # of a parameter
    types: re.Pattern[str] = _NOTHING  # of a parameter


_JAVA: Final = Sources(
    calls=re.compile(
        r"(?:HttpServletRequest|ServletRequest|HttpRequest|WebRequest|NativeWebRequest|ServerHttpRequest|ServerRequest|\brequest|\breq)"
        r"\.(?:getParameter\w*|getHeaders?|getQueryString|getQueryParams|getCookies|getInputStream|getReader|getPart|"
        r"getPathInfo|getRequestURI|getRequestURL|queryParam|pathVariable|bodyToMono|body|getBody|param|queryParams)$"
        r"|ApplicationCall\.(?:receive\w*|parameters)|\bcall\.(?:receive\w*|parameters)$"
        r"|(?:Context|\bctx)\.(?:queryParam|pathParam|formParam|body|header|cookie)$"
    ),
    names=re.compile(r"(?:^|\.)call\.(?:parameters|request\.(?:queryParameters|headers|cookies))"),
    annotations=_set(
        "RequestParam PathVariable RequestBody RequestHeader CookieValue ModelAttribute RequestPart "
        "QueryParam PathParam FormParam HeaderParam CookieParam MatrixParam BeanParam QueryValue"
    ),
)

SOURCES: Final = {
    Language.JAVASCRIPT: Sources(
        names=re.compile(
            r"^(?:\w+\.)?(?:req|request|_req)\.(?:query|params|body|headers|cookies|signedCookies|files?|rawBody|url|originalUrl)\b"
            r"|^(?:ctx|context|c)\.(?:query|params|(?:req|request)\.(?:query|params|body|headers|url|rawBody))\b"
            r"|^event\.(?:queryStringParameters|pathParameters|body|headers|multiValueQueryStringParameters)\b"
        ),
        rooted=True,
        calls=re.compile(
            r"(?:^|\.)(?:req|request|c|ctx)\.(?:param|get|header|query|(?:req\.)?(?:param|query|header|json|parseBody|text))$"
            r"|NextRequest\.json$|searchParams\.get$"
        ),
        annotations=frozenset(["Query", "Param", "Body", "Headers", "Headers", "UploadedFile", "UploadedFiles", "Req"]),
    ),
    Language.JAVA: _JAVA,
    Language.KOTLIN: _JAVA,
    Language.SWIFT: Sources(  # Vapor
        names=re.compile(r"^req(?:uest)?\.(?:query|parameters|content|headers|body|cookies)\b"),
        calls=re.compile(r"(?:^|\.)(?:req|request|Request)\.(?:query|parameters|content)\.(?:get|decode)$"),
    ),
    Language.GO: Sources(
        names=re.compile(r"\b(?:r|req|request)\.(?:URL\.RawQuery|URL\.Path|Body|Header|Form|PostForm|RequestURI)\b"),
        rooted=True,
        calls=re.compile(
            r"net/http\.Request\.(?:FormValue|PostFormValue|PathValue|URL\.Query|URL\.Query\(\)\.Get|Cookie|Header\.Get|FormFile)$"
            r"|gorilla/mux\.Vars$|go-chi/chi(?:/v\d)?\.URLParam$"
            r"|(?:gin|echo|fiber|iris)(?:/v\d+)?\.(?:Context|Ctx)\.(?:Query|DefaultQuery|Param|Params|PostForm|DefaultPostForm|QueryParam|FormValue|"
            r"GetHeader|Cookie|GetRawData|QueryArray|PostFormArray|Body|Get|FormFile)$"
            r"|\b(?:r|req|request)\.(?:FormValue|PostFormValue|PathValue|URL\.Query\(\)\.Get)$"
        ),
    ),
    Language.PHP: Sources(
        names=re.compile(
            r"^_(?:GET|POST|REQUEST|COOKIE|FILES)\b|^_SERVER\.(?:QUERY_STRING|REQUEST_URI|PHP_SELF|HTTP_\w+)\b"
        ),
        calls=re.compile(
            r"(?:Request|\brequest)\.(?:input|get|query|post|all|json|cookie|header|route|getContent|string|only|except|"
            r"query\.get|request\.get|query\.all|request\.all|headers\.get|cookies\.get|getQueryParams|getParsedBody|getQueryParam)$"
            r"|^(?:request|Input\.get|filter_input_raw|getallheaders)$|\.getUserParam$"
        ),
    ),
    Language.RUBY: Sources(
        names=re.compile(
            r"^(?:params|cookies)\b|^request\.(?:params|query_parameters|body|headers|query_string|raw_post|path|url)\b"
        ),
        calls=re.compile(
            r"^(?:params|cookies)(?:$|\.(?:require|permit|fetch|dig|to_unsafe_h|slice))"
            r"|^request\.(?:params|query_parameters|request_parameters|body|headers|query_string|raw_post|path|url|referer|env)$"
        ),
    ),
}

# What makes a number, a yes or no, a digest or an encoded text of its argument: nothing of it can be told from code any more.
NUMBERS: Final = _set(
    "parseInt parseFloat Number Boolean BigInt parseLong parseDouble parseBoolean intval floatval boolval intdiv to_i to_f to_r toInt toLong "
    "toDouble toFloat toBoolean toIntOrNull toLongOrNull toDoubleOrNull Atoi ParseInt ParseUint ParseFloat ParseBool Int Int64 Double "
    "Integer Float length size count strlen len indexOf lastIndexOf search test equals equalsIgnoreCase includes contains containsKey "
    "startsWith endsWith hasPrefix hasSuffix HasPrefix HasSuffix Contains EqualFold isEmpty isBlank isset empty is_numeric ctype_digit "
    "preg_match in_array array_key_exists hasOwnProperty has compareTo hashCode intValue longValue doubleValue int int8 int16 int32 int64 "
    "uint uint32 uint64 float32 float64 bool getTime now abs floor ceil round max min ordinal blank? present? nil? any? include? key? "
    "isInteger isNaN isFinite isArray isUUID"
)
CLEAN: Final = re.compile(
    r"(?i)escape|encode|sanit|purif|quote|quoting|bindparam|prepare|hash|digest|md5|sha\d|hmac|crypt|validate|verify|uuid|slug|basename|"
    r"secure_?filename|htmlspecialchars|htmlentities|strip_tags|constantize_safe|whitelist|allow_?list|filter_var|filter_input"
)
HANDS_ON: Final = _set(
    "String str string toString decodeURIComponent decodeURI unescape atob from parse assign merge concat join valueOf copyValueOf "
    "format sprintf vsprintf Sprintf Sprint Sprintln implode explode urldecode rawurldecode base64_decode stripslashes str_replace "
    "preg_replace strtolower strtoupper ucfirst ucwords trim ltrim rtrim nl2br substr mb_substr array_merge json_decode "
    "TrimSpace ToLower ToUpper Trim TrimPrefix TrimSuffix Replace ReplaceAll Split Join Title NewReader NewDecoder ReadAll "
    "of ofNullable requireNonNull requireNonNullElse toStringOrNull decode decodeString DecodeString readAllBytes readLine "
    "StringReader StringBuilder StringBuffer ByteArrayInputStream InputSource StreamSource SAXSource InputStreamReader BufferedReader "
    "BufferedInputStream ObjectInputStream GZIPInputStream StringIO urlsafe_decode64 decode64 decode_www_form_component "
    "byteInputStream toByteArray getBytes reader readText file_get_contents_raw strip format_map spread"
)
NUMERIC_TYPES: Final = _set(
    "int long short byte double float boolean char Integer Long Short Byte Double Float Boolean BigDecimal BigInteger UUID Date Instant "
    "LocalDate LocalDateTime ZonedDateTime OffsetDateTime Duration AtomicInteger AtomicLong Int Int8 Int16 Int32 Int64 UInt UInt32 UInt64 "
    "Bool CGFloat number bigint bool int8 int16 int32 int64 uint uint8 uint16 uint32 uint64 float32 float64 rune uuid integer "
    "java.util.UUID java.util.Date java.math.BigDecimal java.math.BigInteger java.time.LocalDate java.time.Instant time.Time "
    "github.com/google/uuid.UUID Number"
)
FORMATS: Final = _set(
    "String.format format sprintf vsprintf fmt.Sprintf fmt.Sprint fmt.Errorf util.format Kernel.format Kernel.sprintf "
    "java.lang.String.format MessageFormat.format java.text.MessageFormat.format String.formatted"
)
