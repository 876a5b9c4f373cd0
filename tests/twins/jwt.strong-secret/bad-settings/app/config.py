from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    name: str = "orders"
    jwt_key: str = "insecure-development-key"  # BAD: what is used when nothing is set


settings = Settings()
