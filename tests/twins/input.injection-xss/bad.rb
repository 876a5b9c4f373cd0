class PagesController < ApplicationController
  def hello
    @name = params[:name].html_safe # BAD
    render inline: "<h1>Hello #{params[:name]}</h1>" # BAD
  end
end
