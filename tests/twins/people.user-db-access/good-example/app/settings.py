# DATABASE_URL = "postgresql://postgres:x@db/parcels"
URL = "postgresql://postgres:x@localhost/parcels"
ROOT = "https://root:x@files.example.net/"
