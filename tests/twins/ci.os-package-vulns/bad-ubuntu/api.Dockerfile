FROM ubuntu:18.04 AS base
RUN true

FROM base
CMD ["/srv/shop"]
