from pydantic import SecretStr
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    name: str = "orders"
    jwt_key: SecretStr


settings = Settings()
