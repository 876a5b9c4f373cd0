"""The JSON API: tables of calls, from which routes and the OpenAPI document both are made."""
