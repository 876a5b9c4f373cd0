import { Controller, Get, Query } from "@nestjs/common";
import { DataSource } from "typeorm";

const COLUMNS = { day: "created_at", sum: "total" } as const;

@Controller("orders")
export class OrderController {
  constructor(private readonly source: DataSource) {}

  @Get()
  find(@Query("name") name: string) {
    return this.source.query("SELECT * FROM orders WHERE name = $1", [name]);
  }

  @Get("sorted")
  sorted(@Query("by") by: keyof typeof COLUMNS) {
    return this.source.manager.query("SELECT * FROM orders ORDER BY " + (COLUMNS[by] ?? "created_at"));
  }
}
