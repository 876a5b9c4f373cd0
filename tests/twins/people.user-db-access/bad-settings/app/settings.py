import os

DATABASE = "postgresql+asyncpg://postgres:" + os.environ["PW"] + "@db"
REPORTS = "postgresql://postgres:${PW}@reports.internal:5432/parcels"  # BAD
