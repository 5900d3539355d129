import '@adonisjs/core/types/http'

type ParamValue = string | number | bigint | boolean

export type ScannedRoutes = {
  ALL: {
    'home.show': { paramsTuple?: []; params?: {} }
    'lettings.index': { paramsTuple?: []; params?: {} }
    'lettings.show': { paramsTuple: [ParamValue]; params: {'id': ParamValue} }
    'profiles.index': { paramsTuple?: []; params?: {} }
    'profiles.show': { paramsTuple: [ParamValue]; params: {'username': ParamValue} }
    'api.lettings': { paramsTuple?: []; params?: {} }
    'api.profiles': { paramsTuple?: []; params?: {} }
    'api.openapi': { paramsTuple?: []; params?: {} }
    'sitemaps.index': { paramsTuple?: []; params?: {} }
    'sitemaps.show': { paramsTuple: [ParamValue]; params: {'name': ParamValue} }
    'sitemaps.robots': { paramsTuple?: []; params?: {} }
    'pictures.site': { paramsTuple?: []; params?: {} }
    'pictures.letting': { paramsTuple: [ParamValue]; params: {'id': ParamValue} }
    'pictures.profile': { paramsTuple: [ParamValue]; params: {'username': ParamValue} }
    'health.live': { paramsTuple?: []; params?: {} }
    'health.ready': { paramsTuple?: []; params?: {} }
    'metrics.show': { paramsTuple?: []; params?: {} }
  }
  GET: {
    'home.show': { paramsTuple?: []; params?: {} }
    'lettings.index': { paramsTuple?: []; params?: {} }
    'lettings.show': { paramsTuple: [ParamValue]; params: {'id': ParamValue} }
    'profiles.index': { paramsTuple?: []; params?: {} }
    'profiles.show': { paramsTuple: [ParamValue]; params: {'username': ParamValue} }
    'api.lettings': { paramsTuple?: []; params?: {} }
    'api.profiles': { paramsTuple?: []; params?: {} }
    'api.openapi': { paramsTuple?: []; params?: {} }
    'sitemaps.index': { paramsTuple?: []; params?: {} }
    'sitemaps.show': { paramsTuple: [ParamValue]; params: {'name': ParamValue} }
    'sitemaps.robots': { paramsTuple?: []; params?: {} }
    'pictures.site': { paramsTuple?: []; params?: {} }
    'pictures.letting': { paramsTuple: [ParamValue]; params: {'id': ParamValue} }
    'pictures.profile': { paramsTuple: [ParamValue]; params: {'username': ParamValue} }
    'health.live': { paramsTuple?: []; params?: {} }
    'health.ready': { paramsTuple?: []; params?: {} }
    'metrics.show': { paramsTuple?: []; params?: {} }
  }
  HEAD: {
    'home.show': { paramsTuple?: []; params?: {} }
    'lettings.index': { paramsTuple?: []; params?: {} }
    'lettings.show': { paramsTuple: [ParamValue]; params: {'id': ParamValue} }
    'profiles.index': { paramsTuple?: []; params?: {} }
    'profiles.show': { paramsTuple: [ParamValue]; params: {'username': ParamValue} }
    'api.lettings': { paramsTuple?: []; params?: {} }
    'api.profiles': { paramsTuple?: []; params?: {} }
    'api.openapi': { paramsTuple?: []; params?: {} }
    'sitemaps.index': { paramsTuple?: []; params?: {} }
    'sitemaps.show': { paramsTuple: [ParamValue]; params: {'name': ParamValue} }
    'sitemaps.robots': { paramsTuple?: []; params?: {} }
    'pictures.site': { paramsTuple?: []; params?: {} }
    'pictures.letting': { paramsTuple: [ParamValue]; params: {'id': ParamValue} }
    'pictures.profile': { paramsTuple: [ParamValue]; params: {'username': ParamValue} }
    'health.live': { paramsTuple?: []; params?: {} }
    'health.ready': { paramsTuple?: []; params?: {} }
    'metrics.show': { paramsTuple?: []; params?: {} }
  }
}
declare module '@adonisjs/core/types/http' {
  export interface RoutesList extends ScannedRoutes {}
}